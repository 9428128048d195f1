//! Ids and ARNs, in the shapes that AWS gives them.

use fastrand::Rng;

/// `count` hexadecimal digits.
pub(crate) fn hex(rng: &mut Rng, count: usize) -> String {
    (0..count).map(|_| rng.digit(16)).collect()
}

/// A prefix and 17 hexadecimal digits, the long form of EC2's ids.
pub(crate) fn ec2_id(rng: &mut Rng, prefix: &str) -> String {
    format!("{prefix}-0{}", hex(rng, 16))
}

/// A random UUID.
pub(crate) fn uuid(rng: &mut Rng) -> String {
    let digits = hex(rng, 30);
    let variant = ["8", "9", "a", "b"][rng.usize(..4)];
    format!("{}-{}-4{}-{variant}{}-{}", &digits[..8], &digits[8..12], &digits[12..15], &digits[15..18], &digits[18..30])
}

/// `ecs-svc/` and 19 digits.
pub(crate) fn deployment_id(rng: &mut Rng) -> String {
    format!("ecs-svc/{}", rng.u64(1_000_000_000_000_000_000..9_000_000_000_000_000_000))
}

/// A MAC address of EC2's.
pub(crate) fn mac(rng: &mut Rng) -> String {
    let digits = hex(rng, 10);
    let pairs: Vec<&str> = (0..5).map(|i| &digits[i * 2..i * 2 + 2]).collect();
    format!("02:{}", pairs.join(":"))
}
