//! Where things are: zones, subnets, security groups.

use std::net::Ipv4Addr;

/// An Availability Zone with the one subnet that the fleet has there.
#[derive(Debug, Clone)]
pub struct Zone {
    /// Such as `eu-west-1a`.
    pub name: String,
    /// Such as `euw1-az1`.
    pub id: String,
    /// `subnet-…`
    pub subnet_id: String,
    /// First address of the subnet, a /18.
    pub network: Ipv4Addr,
    /// Addresses handed out so far.
    pub taken: u32,
}

impl Zone {
    /// The next address of the subnet; the first four are AWS's own.
    pub fn next_address(&mut self) -> Ipv4Addr {
        self.taken += 1;
        let size = 1 << 14;
        Ipv4Addr::from(u32::from(self.network) + (3 + self.taken) % size)
    }
}

/// A security group.
#[derive(Debug, Clone)]
pub struct SecurityGroup {
    /// `sg-…`
    pub id: String,
    /// Name.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// Its rules.
    pub rules: Vec<SecurityGroupRule>,
}

/// One rule of a security group.
#[derive(Debug, Clone)]
pub struct SecurityGroupRule {
    /// `sgr-…`
    pub id: String,
    /// Whether it lets traffic out.
    pub egress: bool,
    /// `tcp`, or `-1` for every protocol.
    pub protocol: String,
    /// First port; `None` with every protocol.
    pub from_port: Option<u16>,
    /// Last port; `None` with every protocol.
    pub to_port: Option<u16>,
    /// Whom it lets in or out.
    pub peer: Peer,
    /// What it is for.
    pub description: String,
}

/// The other side of a security group's rule.
#[derive(Debug, Clone)]
pub enum Peer {
    /// IPv4 addresses.
    Cidr(String),
    /// Members of a security group, by id.
    Group(String),
}
