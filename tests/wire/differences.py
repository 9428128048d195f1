"""Where the simulated AWS and moto may differ, and which of the two AWS's documentation supports."""

SIM, MOTO, NEITHER = "sim", "moto", "neither"
EC2 = "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_"
EC2_GUIDE = "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/"
ECS = "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_"
ELB = "https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_"
LOGS = "https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_"
VPC_GUIDE = "https://docs.aws.amazon.com/vpc/latest/userguide/"

# (side that AWS's documentation supports, where it says so, members)
SERVICE = [
    (SIM, f"{ECS}Service.html", "availabilityZoneRebalancing createdAt createdBy currentServiceDeployment"),
    (SIM, f"{ECS}Service.html", "enableECSManagedTags enableExecuteCommand placementConstraints[]"),
    (SIM, f"{ECS}Service.html", "placementStrategy[] roleArn currentServiceRevisions[]"),
    (SIM, f"{ECS}ServiceCurrentRevisionSummary.html", "currentServiceRevisions[].arn"),
    (SIM, f"{ECS}ServiceCurrentRevisionSummary.html", "currentServiceRevisions[].pendingTaskCount"),
    (SIM, f"{ECS}ServiceCurrentRevisionSummary.html", "currentServiceRevisions[].requestedTaskCount"),
    (SIM, f"{ECS}ServiceCurrentRevisionSummary.html", "currentServiceRevisions[].runningTaskCount"),
    (SIM, f"{ECS}DeploymentConfiguration.html", "deploymentConfiguration.bakeTimeInMinutes"),
    (SIM, f"{ECS}DeploymentConfiguration.html", "deploymentConfiguration.deploymentCircuitBreaker.enable"),
    (SIM, f"{ECS}DeploymentConfiguration.html", "deploymentConfiguration.deploymentCircuitBreaker.rollback"),
    (SIM, f"{ECS}DeploymentConfiguration.html", "deploymentConfiguration.maximumPercent"),
    (SIM, f"{ECS}DeploymentConfiguration.html", "deploymentConfiguration.minimumHealthyPercent"),
    (SIM, f"{ECS}DeploymentConfiguration.html", "deploymentConfiguration.strategy"),
    (SIM, f"{ECS}Deployment.html", "deployments[].platformFamily"),
    (NEITHER, f"{ECS}Service.html", "taskSets[]"),
]
DEFINITION = [
    (SIM, f"{ECS}PortMapping.html", "containerDefinitions[].portMappings[].hostPort"),
    (SIM, f"{ECS}PortMapping.html", "containerDefinitions[].portMappings[].protocol"),
    (SIM, f"{ECS}ContainerDefinition.html", "containerDefinitions[].systemControls[]"),
    (SIM, f"{ECS}TaskDefinition.html", "registeredAt registeredBy requiresAttributes[]"),
]
TASK = [
    (SIM, f"{ECS}Task.html", "attributes[] attributes[].name attributes[].value availabilityZone cpu createdAt"),
    (SIM, f"{ECS}Task.html", "enableExecuteCommand healthStatus lastStatus memory stoppedReason version"),
    (SIM, f"{ECS}Container.html", "containers[].exitCode containers[].healthStatus containers[].networkBindings[]"),
    (SIM, f"{ECS}TaskOverride.html", "overrides.containerOverrides[] overrides.inferenceAcceleratorOverrides[]"),
]
INTERFACE = "Reservations[].Instances[].NetworkInterfaces[]."

# (operation, where the members are): what may differ. Where AWS's documentation supports moto, `sim` has still to be mended.
TABLE = {
    ("CreateCluster", "cluster."): [
        (SIM, f"{ECS}Cluster.html", "capacityProviders[] defaultCapacityProviderStrategy[] statistics[] tags[]"),
    ],
    ("DescribeClusters", "clusters[]."): [
        (SIM, f"{ECS}Cluster.html", "activeServicesCount"),
        (SIM, f"{ECS}Cluster.html", "capacityProviders[] defaultCapacityProviderStrategy[] statistics[] tags[]"),
        # Only where `include` asks for SETTINGS.
        (SIM, f"{ECS}DescribeClusters.html", "settings[] settings[].name settings[].value"),
    ],
    ("DescribeContainerInstances", "containerInstances[]."): [
        (SIM, f"{ECS}ContainerInstance.html", "attachments[] attributes[] attributes[].name attributes[].value version"),
        # An m7i.large has two cores, of 1,024 units each.
        (SIM, f"{ECS}ContainerInstance.html", "registeredResources[].integerValue remainingResources[].integerValue"),
        # The host ports of running tasks are taken.
        (SIM, f"{ECS}ContainerInstance.html", "remainingResources[].stringSetValue[]"),
        # Either is a placement that AWS may choose.
        (NEITHER, f"{ECS}RunTask.html", "runningTasksCount"),
        (NEITHER, f"{ECS}VersionInfo.html", "versionInfo.agentHash versionInfo.agentVersion versionInfo.dockerVersion"),
    ],
    ("RegisterTaskDefinition", "taskDefinition."): DEFINITION,
    ("DescribeTaskDefinition", "taskDefinition."): DEFINITION,
    ("CreateService", "service."): [
        *SERVICE,
        (SIM, f"{ECS}Deployment.html", "deployments[].rolloutState deployments[].rolloutStateReason"),
        (NEITHER, f"{ECS}Service.html", "tags[]"),
    ],
    ("DescribeServices", "services[]."): [
        *SERVICE,
        (SIM, f"{ECS}ServiceEvent.html", "events[] events[].createdAt events[].id events[].message"),
    ],
    ("RunTask", "tasks[]."): [*TASK, (NEITHER, f"{ECS}Task.html", "tags[]")],
    ("DescribeTasks", "tasks[]."): [
        *TASK,
        (SIM, f"{ECS}Task.html", "connectivity connectivityAt pullStartedAt pullStoppedAt startedAt"),
        (SIM, f"{ECS}Container.html", "containers[].imageDigest containers[].lastStatus containers[].runtimeId"),
        (SIM, f"{ECS}NetworkBinding.html", "containers[].networkBindings[].bindIP"),
        (SIM, f"{ECS}NetworkBinding.html", "containers[].networkBindings[].containerPort"),
        (SIM, f"{ECS}NetworkBinding.html", "containers[].networkBindings[].hostPort"),
        (SIM, f"{ECS}NetworkBinding.html", "containers[].networkBindings[].protocol"),
    ],
    ("DescribeImages", "Images[]."): [
        (SIM, f"{EC2}Image.html", "DeprecationTime EnaSupport ImdsSupport PlatformDetails UsageOperation"),
        (SIM, f"{EC2}EbsBlockDevice.html", "BlockDeviceMappings[].Ebs.Encrypted"),
        (NEITHER, f"{EC2}Image.html", "ProductCodes[]"),
    ],
    ("DescribeInstances", "Reservations[].Instances[]."): [
        # The two accounts have different AMIs.
        (NEITHER, f"{EC2}Instance.html", "BlockDeviceMappings[].DeviceName RootDeviceName"),
        (MOTO, f"{EC2}Instance.html", "ClientToken"),
        (SIM, f"{EC2_GUIDE}ebs-optimized.html", "EbsOptimized"),
        (SIM, f"{EC2}Instance.html", "EnaSupport PlatformDetails UsageOperation SriovNetSupport"),
        (SIM, f"{EC2}Instance.html", "StateReason.Code StateReason.Message"),
        (SIM, f"{EC2}Placement.html", "Placement.AvailabilityZoneId"),
        # Both are what an AMI with ImdsSupport v2.0 brings.
        (SIM, f"{EC2_GUIDE}configuring-instance-metadata-options.html", "MetadataOptions.HttpTokens"),
        (SIM, f"{EC2_GUIDE}configuring-instance-metadata-options.html", "MetadataOptions.HttpPutResponseHopLimit"),
        # RunInstances without groups takes the VPC's default one.
        (SIM, f"{EC2}RunInstances.html", "SecurityGroups[] SecurityGroups[].GroupId SecurityGroups[].GroupName"),
        # In a default subnet an instance gets a public address.
        (MOTO, f"{VPC_GUIDE}default-vpc.html", "PublicDnsName PublicIpAddress"),
    ],
    ("DescribeInstances", INTERFACE): [
        (MOTO, f"{VPC_GUIDE}default-vpc.html", "Association.IpOwnerId Association.PublicDnsName Association.PublicIp"),
        (MOTO, f"{VPC_GUIDE}default-vpc.html", "PrivateIpAddresses[].Association.IpOwnerId"),
        (MOTO, f"{VPC_GUIDE}default-vpc.html", "PrivateIpAddresses[].Association.PublicDnsName"),
        (MOTO, f"{VPC_GUIDE}default-vpc.html", "PrivateIpAddresses[].Association.PublicIp"),
        # True by default for the interface that RunInstances makes.
        (SIM, f"{EC2}InstanceNetworkInterfaceSpecification.html", "Attachment.DeleteOnTermination"),
        # The caller gave none.
        (SIM, f"{EC2}InstanceNetworkInterface.html", "Description"),
        # Only us-east-1 names them ec2.internal.
        (SIM, f"{VPC_GUIDE}vpc-dns.html", "PrivateDnsName PrivateIpAddresses[].PrivateDnsName"),
    ],
    ("DescribeInstanceStatus", "InstanceStatuses[]."): [
        (SIM, f"{EC2}InstanceStatus.html", "AttachedEbsStatus.Details[] AttachedEbsStatus.Details[].Name"),
        (SIM, f"{EC2}InstanceStatus.html", "AttachedEbsStatus.Details[].Status AttachedEbsStatus.Status"),
        (SIM, f"{EC2}InstanceStatus.html", "AvailabilityZoneId Events[]"),
    ],
    ("CreateTargetGroup", "TargetGroups[]."): [(SIM, f"{ELB}TargetGroup.html", "LoadBalancerArns[]")],
    ("DescribeTargetHealth", "TargetHealthDescriptions[]."): [
        (SIM, f"{ELB}TargetHealthDescription.html", "HealthCheckPort"),
        (SIM, f"{ELB}TargetHealth.html", "TargetHealth.Description TargetHealth.Reason TargetHealth.State"),
    ],
    ("DescribeLogGroups", "logGroups[]."): [
        (SIM, f"{LOGS}LogGroup.html", "logGroupClass"),
        # AWS measures an event by its bytes in UTF-8 and 26 more; moto counts characters and says that it guesses.
        (SIM, f"{LOGS}PutLogEvents.html", "storedBytes"),
    ],
    ("DescribeLogStreams", "logStreams[]."): [(SIM, f"{LOGS}LogStream.html", "storedBytes")],
    ("FilterLogEvents", "searchedLogStreams[]"): [
        (SIM, f"{LOGS}FilterLogEvents.html", " .logStreamName .searchedCompletely"),
    ],
}

# (operation, member): (side, where).
DIFFERENCES = {
    (operation, base + member): (side, where)
    for (operation, base), entries in TABLE.items()
    for side, where, members in entries
    for member in (members.split(" ") if base.endswith("[]") else members.split())
}
