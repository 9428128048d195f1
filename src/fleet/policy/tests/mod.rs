//! Every rule: it fires for its reason, and it is silent on a healthy fleet and on what was not read.

use crate::fleet::finding::Finding;
use crate::fleet::fixture::Fixture;

fn all(fixture: &Fixture) -> Vec<Finding> {
    fixture.fleet().view().findings.clone()
}

#[test]
fn a_healthy_fleet_is_quiet() {
    for instances in [0, 1, 3, 300] {
        assert_eq!(all(&Fixture::healthy(instances)), Vec::new());
    }
}
