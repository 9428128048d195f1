//! The serial console of an instance: how Amazon Linux 2023 boots, and what it says when it does not.

use super::World;
use super::instance::{Check, Instance};
use super::log::id_hash;

/// Seconds from the launch until the kernel speaks.
const POWER_ON: f64 = 5.0;

/// Why an instance that is not sound never comes up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Trouble {
    RootFilesystem,
    NoAddress,
    NoEndpoint,
}

const TROUBLES: [Trouble; 3] = [Trouble::RootFilesystem, Trouble::NoAddress, Trouble::NoEndpoint];

impl World {
    /// What an instance has written to its serial console in the first `seconds` after its launch.
    pub(crate) fn console_text(&self, instance: &Instance, seconds: f64) -> String {
        let trouble = matches!(instance.instance_check, Check::Impaired(_)) || !instance.sound;
        let mut lines = kernel(instance);
        let which = usize::try_from(id_hash(&instance.id) % TROUBLES.len() as u64).unwrap_or(0);
        match TROUBLES.get(which).filter(|_| trouble) {
            Some(Trouble::RootFilesystem) => lines.extend(broken_root(instance)),
            Some(Trouble::NoAddress) => lines.extend(no_address()),
            Some(Trouble::NoEndpoint) => lines.extend(no_endpoint(self)),
            None => lines.extend(well(instance)),
        }
        let said = lines.into_iter().take_while(|(at, _)| POWER_ON + at <= seconds);
        // A serial console needs a carriage return to begin at the left.
        said.map(|(_, text)| text.replace('\n', "\r\n") + "\r\n").collect()
    }
}

type Said = (f64, String);

fn stamped(at: f64, text: &str) -> Said {
    (at, format!("[{at:>12.6}] {text}"))
}

fn started(at: f64, text: &str) -> Said {
    (at, format!("[\u{1b}[0;32m  OK  \u{1b}[0m] {text}."))
}

fn failed(at: f64, text: &str) -> Said {
    (at, format!("[\u{1b}[0;1;31mFAILED\u{1b}[0m] {text}."))
}

fn kernel(instance: &Instance) -> Vec<Said> {
    let volume = instance.volume_id.replace("vol-", "vol");
    vec![
        stamped(
            0.0,
            "Linux version 6.1.112-124.190.amzn2023.x86_64 (mockbuild@ip-10-0-36-148) (gcc (GCC) 11.4.1 20230605)",
        ),
        stamped(
            0.0,
            &format!(
                "Command line: BOOT_IMAGE=(hd0,gpt1)/boot/vmlinuz-6.1.112-124.190.amzn2023.x86_64 \
                 root=UUID={}-ad2c ro console=tty0 console=ttyS0,115200n8 nvme_core.io_timeout=4294967295 \
                 rd.emergency=poweroff rd.shell=0 selinux=1 security=selinux quiet",
                instance.id.trim_start_matches("i-")
            ),
        ),
        stamped(0.000_001, "BIOS-provided physical RAM map:"),
        stamped(0.004_12, "DMI: Amazon EC2 /, BIOS 1.0 10/16/2017"),
        stamped(0.011_83, "Hypervisor detected: KVM"),
        stamped(0.171_04, "smpboot: CPU0: Intel(R) Xeon(R) Platinum 8488C (family: 0x6, model: 0x8f, stepping: 0x8)"),
        stamped(0.883_21, "nvme nvme0: pci function 0000:00:04.0"),
        stamped(0.902_77, &format!("nvme nvme0: serial {volume}")),
        stamped(0.941_5, " nvme0n1: p1 p127 p128"),
        stamped(1.204_9, "systemd[1]: systemd 252.23-2.amzn2023 running in system mode"),
        stamped(1.205_3, "systemd[1]: Detected virtualization amazon."),
    ]
}

fn well(instance: &Instance) -> Vec<Said> {
    let host = format!("ip-{}", instance.private_ip.to_string().replace('.', "-"));
    let mut lines = vec![
        stamped(1.611_2, "XFS (nvme0n1p1): Mounting V5 Filesystem"),
        stamped(1.688_4, "XFS (nvme0n1p1): Ending clean mount"),
        stamped(2.910_6, "ena 0000:00:05.0 ens5: renamed from eth0"),
        started(4.1, "Reached target \u{1b}[0;1;39mlocal-fs.target\u{1b}[0m - Local File Systems"),
        started(6.0, "Started \u{1b}[0;1;39msystemd-networkd.service\u{1b}[0m - Network Configuration"),
        (
            8.2,
            format!(
                "[    8.201553] cloud-init[1482]: Cloud-init v. 22.2.2 running 'init'. Up 8.16 seconds.\n[    \
                 8.233107] cloud-init[1482]: ci-info: |  ens5  | True |        {}         | 255.255.192.0 | global |",
                instance.private_ip
            ),
        ),
        started(9.9, "Started \u{1b}[0;1;39mchronyd.service\u{1b}[0m - NTP client/server"),
        started(11.4, "Started \u{1b}[0;1;39mamazon-cloudwatch-agent.service\u{1b}[0m - Amazon CloudWatch Agent"),
        started(14.7, "Started \u{1b}[0;1;39mdocker.service\u{1b}[0m - Docker Application Container Engine"),
        started(
            17.3,
            "Started \u{1b}[0;1;39mecs.service\u{1b}[0m - Amazon Elastic Container Service - container agent",
        ),
        started(17.6, "Reached target \u{1b}[0;1;39mmulti-user.target\u{1b}[0m - Multi-User System"),
        (
            18.0,
            format!(
                "\nAmazon Linux 2023.6.20241111\nKernel 6.1.112-124.190.amzn2023.x86_64 on an x86_64 (-)\n\n{host} \
                 login: "
            ),
        ),
    ];
    // Containers come and go after that.
    for n in 0..6_u32 {
        let (at, veth) = (61.0 + f64::from(n) * 340.7, id_hash(&format!("{}{n}", instance.id)) >> 36);
        lines.push(stamped(at, &format!("docker0: port {}(veth{veth:07x}) entered blocking state", n + 1)));
        lines.push(stamped(at + 0.4, &format!("docker0: port {}(veth{veth:07x}) entered forwarding state", n + 1)));
    }
    lines
}

/// The root filesystem is damaged: nothing starts, and the instance answers no ARP request.
fn broken_root(instance: &Instance) -> Vec<Said> {
    vec![
        stamped(1.611_2, "XFS (nvme0n1p1): Mounting V5 Filesystem"),
        stamped(1.702_9, "XFS (nvme0n1p1): Starting recovery (logdev: internal)"),
        stamped(
            1.733_4,
            "nvme0n1: I/O error, dev nvme0n1, sector 4196480 op 0x0:(READ) flags 0x1000 phys_seg 8 \
             prio class 2",
        ),
        stamped(
            1.740_1,
            "XFS (nvme0n1p1): metadata I/O error in \"xlog_recover_do_buf_pass2\" at daddr 0x400880 \
             len 32 error 5",
        ),
        stamped(1.741_8, "XFS (nvme0n1p1): log mount/recovery failed: error -5"),
        stamped(1.742_6, "XFS (nvme0n1p1): log mount failed"),
        failed(1.8, "Failed to mount \u{1b}[0;1;39msysroot.mount\u{1b}[0m - /sysroot"),
        (1.9, "See 'systemctl status sysroot.mount' for details.".into()),
        (
            2.0,
            "[\u{1b}[0;1;38;5;185mDEPEND\u{1b}[0m] Dependency failed for \
             \u{1b}[0;1;39minitrd-root-fs.target\u{1b}[0m - Initrd Root File System."
                .into(),
        ),
        (
            2.4,
            format!(
                "\nGenerating \"/run/initramfs/rdsosreport.txt\"\n\nEntering emergency mode. Root volume {} \
                 cannot be mounted.\nCannot open access to console, the root account is locked.\nSee sulogin(8) man page \
                 for more details.\n",
                instance.volume_id
            ),
        ),
    ]
}

/// No address comes by DHCP: cloud-init and the agent wait for a network that never is.
fn no_address() -> Vec<Said> {
    vec![
        stamped(1.688_4, "XFS (nvme0n1p1): Ending clean mount"),
        stamped(2.910_6, "ena 0000:00:05.0 ens5: renamed from eth0"),
        stamped(3.480_2, "ena 0000:00:05.0: Failed to submit get_feature command 25 error: -95"),
        stamped(33.6, "ena 0000:00:05.0 ens5: TX hasn't completed, qid 0 index 4. 30004000 usecs have passed"),
        failed(
            124.5,
            "Failed to start \u{1b}[0;1;39msystemd-networkd-wait-online.service\u{1b}[0m - Wait for \
             Network to be Configured",
        ),
        stamped(
            124.9,
            "cloud-init[1482]: url_helper.py[WARNING]: Calling \
             'http://169.254.169.254/latest/api/token' failed [119/120s]: [Errno 101] Network is unreachable",
        ),
        (
            125.2,
            "[\u{1b}[0;1;38;5;185mDEPEND\u{1b}[0m] Dependency failed for \u{1b}[0;1;39mecs.service\u{1b}[0m - \
             Amazon Elastic Container Service - container agent."
                .into(),
        ),
        (
            125.8,
            "\nAmazon Linux 2023.6.20241111\nKernel 6.1.112-124.190.amzn2023.x86_64 on an x86_64 \
             (-)\n\nlocalhost login: "
                .into(),
        ),
    ]
}

/// The agent starts and finds no way to ECS.
fn no_endpoint(world: &World) -> Vec<Said> {
    let endpoint = format!("https://ecs.{}.amazonaws.com/", world.region);
    let agent = |at: f64, text: &str| stamped(at, &format!("ecs-agent[1894]: {text}"));
    vec![
        stamped(1.688_4, "XFS (nvme0n1p1): Ending clean mount"),
        stamped(2.910_6, "ena 0000:00:05.0 ens5: renamed from eth0"),
        stamped(7.902_1, "neighbour: arp_cache: neighbor table overflow!"),
        started(14.7, "Started \u{1b}[0;1;39mdocker.service\u{1b}[0m - Docker Application Container Engine"),
        started(
            17.3,
            "Started \u{1b}[0;1;39mecs.service\u{1b}[0m - Amazon Elastic Container Service - container agent",
        ),
        agent(
            48.1,
            &format!(
                "level=error msg=\"Unable to register as a container instance with ECS\" error=\"RequestError: \
                 send request failed caused by: Post \\\"{endpoint}\\\": dial tcp: i/o timeout\""
            ),
        ),
        agent(
            110.4,
            &format!(
                "level=error msg=\"Unable to register as a container instance with ECS\" error=\"RequestError: \
                 send request failed caused by: Post \\\"{endpoint}\\\": dial tcp: i/o timeout\""
            ),
        ),
        agent(110.5, "level=critical msg=\"Error registering container instance\" error=\"retries exhausted\""),
        failed(
            111.0,
            "Failed to start \u{1b}[0;1;39mecs.service\u{1b}[0m - Amazon Elastic Container Service - container agent",
        ),
    ]
}
