//! Things of the fleet as one types them: `service/web`, `instance/i-0abc`.

use crate::actions::catalogue::Kind;
use crate::fleet::finding::Subject;
use crate::fleet::view::Fleet;

/// The kind and the name of `KIND/NAME`; `None` where it does not begin with a kind.
#[must_use]
pub fn split(text: &str) -> Option<(Kind, &str)> {
    let (word, name) = text.split_once('/')?;
    let kind = match word {
        "service" => Kind::Service,
        "instance" => Kind::Instance,
        "task" => Kind::Task,
        "alarm" => Kind::Alarm,
        "group" => Kind::Group,
        "image" => Kind::Image,
        _ => return None,
    };
    Some((kind, name))
}

/// What the fleet calls it. An instance may be named by the ARN or the id of its container instance too, and a task by its id.
#[must_use]
pub fn subject(kind: Kind, name: &str, fleet: &Fleet) -> Subject {
    match kind {
        Kind::Fleet => Subject::Fleet,
        Kind::Service => Subject::Service(name.to_owned()),
        Kind::Alarm => Subject::Alarm(name.to_owned()),
        Kind::Group => Subject::Group(name.to_owned()),
        Kind::Image => Subject::Image(name.to_owned()),
        Kind::Task => {
            let tasks = &fleet.snapshot().tasks.rows;
            let found = tasks.iter().find(|task| task.arn == name || task.id() == name);
            Subject::Task(found.map_or(name, |task| task.arn.as_str()).to_owned())
        }
        Kind::Instance => {
            let arn_of = |row| fleet.container_instance(row).map(|host| host.arn.as_str());
            let named = |arn: &str| arn == name || arn.rsplit('/').next() == Some(name);
            let row = fleet.view().instances.iter().find(|row| row.key == name || arn_of(row).is_some_and(named));
            Subject::Instance(row.map_or_else(|| name.to_owned(), |row| row.key.clone()))
        }
    }
}
