//! Where things are: zones, subnets, security groups.

use std::collections::BTreeSet;
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
    /// Addresses in use.
    pub held: BTreeSet<Ipv4Addr>,
    /// Where the search for the next free address begins.
    cursor: u32,
}

impl Zone {
    /// A zone whose subnet has no address in use.
    #[must_use]
    pub fn new(name: String, id: String, subnet_id: String, network: Ipv4Addr) -> Self {
        Self { name, id, subnet_id, network, held: BTreeSet::new(), cursor: 0 }
    }

    /// Takes the next free address of the subnet. Of a /18, AWS keeps the first four for itself.
    pub(crate) fn take_address(&mut self) -> Ipv4Addr {
        const USABLE: u32 = (1 << 14) - 5;
        loop {
            let address = Ipv4Addr::from(u32::from(self.network) + 4 + self.cursor);
            self.cursor = (self.cursor + 1) % USABLE;
            // A full subnet hands out an address twice rather than search for ever.
            if self.held.insert(address) || self.held.len() >= USABLE as usize {
                return address;
            }
        }
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
