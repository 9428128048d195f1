#!/bin/bash
# What BakeAmi runs on the instance that an AMI is made of. It ends by powering the instance off: one that goes on running has
# not been prepared, and BakeAmi gives up.
set -euo pipefail
dnf -y upgrade --releasever=latest
dnf -y install rsyslog amazon-cloudwatch-agent
systemctl enable rsyslog
systemctl disable sshd
# An AMI must not bring the identity of the instance that it was made of.
rm -rf /var/lib/ecs/data/* /var/lib/amazon/ssm/*
truncate --size 0 /etc/machine-id
cloud-init clean --logs
shutdown -h now
