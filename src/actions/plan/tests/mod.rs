//! What a plan says of a fleet of which one thing is special.

mod drain;
mod others;
mod rotation;
mod targets;

use super::*;
use crate::fleet::fixture::Fixture;

/// A request about some instances of the fixture, by number.
fn of(fixture: &Fixture, action: Action, instances: &[usize]) -> Plan {
    let subjects: Vec<Subject> =
        instances.iter().map(|&n| Subject::Instance(fixture.ec2_instances[n].id.clone())).collect();
    about(fixture, action, &subjects, &Values::new())
}

fn about(fixture: &Fixture, action: Action, subjects: &[Subject], values: &Values) -> Plan {
    let runbook = Runbook { name: action.shipped().to_owned(), version: "1".to_owned(), ..Runbook::default() };
    let request = Request { action: Some(action), runbook: &runbook, subjects, values, now: fixture.now };
    plan(&fixture.fleet(), &request)
}

/// `! topic: text` of what blocks, `? …` of warnings, `  …` of facts.
fn lines(plan: &Plan) -> Vec<String> {
    let mark = |weight| match weight {
        Weight::Blocking => '!',
        Weight::Warning => '?',
        Weight::Fact => ' ',
    };
    plan.notes.iter().map(|note| format!("{} {}: {}", mark(note.weight), note.topic.name(), note.text)).collect()
}

fn fates(plan: &Plan, fate: Fate) -> usize {
    plan.moves.iter().filter(|one| one.fate == fate).count()
}
