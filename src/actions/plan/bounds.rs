//! How many tasks a service may have while its tasks are replaced.

use crate::fleet::service::Service;

/// A service's bounds, rounded as ECS does
/// (<https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeploymentConfiguration.html>).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Bounds {
    /// Tasks wanted.
    pub desired: usize,
    /// Fewest tasks that have to run: rounded up.
    pub least: usize,
    /// Most tasks that may run: rounded down.
    pub most: usize,
    /// Percent that `least` comes from.
    pub minimum: usize,
    /// Percent that `most` comes from.
    pub maximum: usize,
}

impl Bounds {
    pub(super) fn of(service: &Service) -> Self {
        Self::with(service, service.desired as usize)
    }

    /// The bounds if the service wanted so many tasks.
    pub(super) fn with(service: &Service, desired: usize) -> Self {
        // The percentages of a service that names none.
        let minimum = service.minimum_healthy_percent.unwrap_or(100) as usize;
        let maximum = service.maximum_percent.unwrap_or(200) as usize;
        let least = desired.saturating_mul(minimum).div_ceil(100);
        let most = (desired.saturating_mul(maximum) / 100).max(desired);
        Self { desired, least, most, minimum, maximum }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fleet::fixture::Fixture;

    #[test]
    fn the_minimum_is_rounded_up_and_the_maximum_down() {
        let bounds = |desired, minimum, maximum| {
            let mut service = Fixture::healthy(1).services.remove(0);
            (service.minimum_healthy_percent, service.maximum_percent) = (minimum, maximum);
            let bounds = Bounds::with(&service, desired);
            (bounds.least, bounds.most)
        };
        assert_eq!(bounds(3, Some(50), Some(150)), (2, 4));
        assert_eq!(bounds(3, Some(66), Some(133)), (2, 3));
        assert_eq!(bounds(1, Some(100), Some(150)), (1, 1));
        assert_eq!(bounds(4, Some(0), Some(100)), (0, 4));
        assert_eq!(bounds(4, None, None), (4, 8));
    }
}
