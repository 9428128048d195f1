//! SetFleetCapacity: success, every step failing, cancelled half-way, started twice.

use quarterdeck::sim::world::instance::Lifecycle;
use serde_json::{Value, json};

use super::account::{Account, path, status};
use super::runs::{each_step_fails, watched};
use super::safety::assert_safe;

fn group(account: &Account) -> String {
    account.sim().with_world(|world| world.groups.keys().next().cloned()).expect("a group")
}

/// Parameters of a request for so many instances.
fn about(account: &Account, capacity: u32, request: &str) -> Value {
    json!({
        "Cluster": ["harbor"],
        "Group": [group(account)],
        "DesiredCapacity": [capacity.to_string()],
        "RequestedBy": ["maria.lindqvist"],
        "Reason": ["the sale begins"],
        "RequestId": [format!("request-{request}")],
    })
}

/// How many instances the group wants, and how many are in service.
fn standing(account: &Account) -> (u32, usize) {
    let name = group(account);
    account.sim().with_world(|world| {
        let serves = |id: &&String| {
            world.instances[*id].membership.as_ref().is_some_and(|member| member.lifecycle == Lifecycle::InService)
        };
        let group = &world.groups[&name];
        (group.desired, group.members.iter().filter(serves).count())
    })
}

/// Lets scale-in take what runs tasks, which the fleet's own capacity provider protects.
fn unprotect(account: &Account) {
    account.sim().with_world(|world| {
        world.capacity_providers.values_mut().for_each(|provider| provider.termination_protection = false);
    });
}

#[test]
fn what_runs_tasks_is_protected_and_stays_when_fewer_are_asked_for() {
    let account = Account::new(6);
    let execution = watched(&account, &account.start("SetFleetCapacity", &about(&account, 22, "one")));
    let ended = (status(&execution), path(&execution).last().cloned().unwrap_or_default());
    assert_eq!((ended.0, ended.1.as_str()), ("TimedOut", "waitForCount TimedOut"), "{execution:#}");
    assert_eq!(standing(&account), (22, 24), "none of them is empty");
    assert_safe(&account, "protected");
}

#[test]
fn a_group_gets_as_many_instances_as_were_asked_for() {
    for capacity in [26, 22] {
        let account = Account::new(1);
        unprotect(&account);
        for request in ["one", "two"] {
            let id = account.start("SetFleetCapacity", &about(&account, capacity, request));
            let execution = watched(&account, &id);
            assert_eq!(status(&execution), "Success", "{execution:#}");
            assert_eq!(standing(&account), (capacity, capacity as usize), "{request}");
        }
        assert_safe(&account, &format!("{capacity} instances"));
    }
}

#[test]
fn a_number_beyond_the_groups_bounds_changes_nothing() {
    let account = Account::new(2);
    let execution = account.ended(&account.start("SetFleetCapacity", &about(&account, 1_000, "one")));
    assert_eq!(path(&execution).last().map(String::as_str), Some("setCapacity Failed"), "{execution:#}");
    assert_eq!(standing(&account), (24, 24));
}

#[test]
fn fewer_instances_are_refused_where_nothing_drains_what_goes() {
    let account = Account::new(3);
    account.sim().with_world(|world| {
        for provider in world.capacity_providers.values_mut() {
            provider.managed_draining = false;
        }
    });
    let execution = account.ended(&account.start("SetFleetCapacity", &about(&account, 20, "one")));
    assert_eq!(path(&execution).last().map(String::as_str), Some("notDrained Failed"), "{execution:#}");
    let execution = account.ended(&account.start("SetFleetCapacity", &about(&account, 25, "two")));
    assert_eq!(status(&execution), "Success", "more are no harm");
    assert_safe(&account, "refused");
}

#[test]
fn a_change_that_fails_at_any_step_leaves_the_fleet_safe() {
    for capacity in [23, 25] {
        let begin = |account: &Account| {
            unprotect(account);
            about(account, capacity, "one")
        };
        each_step_fails("SetFleetCapacity", 4, begin, |_, _, _| {});
    }
}

#[test]
fn cancelled_at_any_step_the_group_has_what_it_had() {
    for (step, wanted) in
        [("look", 24), ("setCapacity", 24), ("waitForCount", 24), ("waitForService", 26), ("read", 26)]
    {
        let account = Account::new(5);
        unprotect(&account);
        let id = account.start("SetFleetCapacity", &about(&account, 26, "one"));
        account.at_step(&id, step);
        account.stop(&id).expect("it can be stopped");
        assert_eq!(status(&watched(&account, &id)), "Cancelled", "at {step}");
        account.pass(1_800);
        assert_eq!(standing(&account), (wanted, wanted as usize), "cancelled at {step}");
        assert_safe(&account, &format!("cancelled at {step}"));
    }
}
