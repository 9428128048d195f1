//! The rule of a composite alarm: `ALARM("a") AND (OK("b") OR NOT ALARM("c"))`.

use super::alarm::AlarmState;

/// Whether `rule` holds, given the state of each alarm by name. `None`: it cannot be read
/// ([CloudWatch PutCompositeAlarm: `AlarmRule`]).
pub(super) fn holds(rule: &str, state: &impl Fn(&str) -> Option<AlarmState>) -> Option<bool> {
    let mut reader = Reader { rest: rule, state };
    let value = reader.either()?;
    reader.rest.trim().is_empty().then_some(value)
}

/// Names of the alarms that a rule refers to.
pub(crate) fn children(rule: &str) -> Vec<&str> {
    // A bracket that only groups is followed by another one before it is closed.
    let named = rule.split('(').skip(1).filter_map(|part| Some(part.split_once(')')?.0));
    named.map(unquoted).filter(|name| !name.is_empty()).collect()
}

/// A name without quotes; an ARN's last part.
fn unquoted(name: &str) -> &str {
    let name = name.trim().trim_matches(['"', '\'']);
    name.rsplit(":alarm:").next().unwrap_or(name)
}

struct Reader<'a, F> {
    rest: &'a str,
    state: &'a F,
}

impl<F: Fn(&str) -> Option<AlarmState>> Reader<'_, F> {
    fn takes(&mut self, word: &str) -> bool {
        let Some(rest) = self.rest.trim_start().strip_prefix(word) else { return false };
        self.rest = rest;
        true
    }

    fn either(&mut self) -> Option<bool> {
        let mut value = self.both()?;
        while self.takes("OR") {
            value |= self.both()?;
        }
        Some(value)
    }

    fn both(&mut self) -> Option<bool> {
        let mut value = self.one()?;
        while self.takes("AND") {
            value &= self.one()?;
        }
        Some(value)
    }

    fn one(&mut self) -> Option<bool> {
        if self.takes("NOT") {
            return Some(!self.one()?);
        }
        for (word, value) in [("TRUE", true), ("FALSE", false)] {
            if self.takes(word) {
                return Some(value);
            }
        }
        for wanted in [AlarmState::InsufficientData, AlarmState::Alarm, AlarmState::Ok] {
            if self.takes(wanted.as_str()) {
                self.takes("(").then_some(())?;
                let (name, rest) = self.rest.split_once(')')?;
                self.rest = rest;
                return Some((self.state)(unquoted(name)) == Some(wanted));
            }
        }
        self.takes("(").then_some(())?;
        let value = self.either()?;
        self.takes(")").then_some(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(name: &str) -> Option<AlarmState> {
        match name {
            "fires" => Some(AlarmState::Alarm),
            "quiet" => Some(AlarmState::Ok),
            "blind" => Some(AlarmState::InsufficientData),
            _ => None,
        }
    }

    #[test]
    fn rules_are_read_with_their_precedence() {
        for (rule, value) in [
            (r#"ALARM("fires")"#, Some(true)),
            (r#"ALARM("quiet") OR ALARM("fires")"#, Some(true)),
            (r#"ALARM("fires") AND NOT OK("quiet")"#, Some(false)),
            (r#"ALARM("fires") OR ALARM("quiet") AND ALARM("quiet")"#, Some(true)),
            (r#"(ALARM("fires") OR ALARM("quiet")) AND ALARM("quiet")"#, Some(false)),
            (r#"INSUFFICIENT_DATA(blind)"#, Some(true)),
            (r#"ALARM("arn:aws:cloudwatch:eu-west-1:111122223333:alarm:fires")"#, Some(true)),
            (r#"ALARM("nobody")"#, Some(false)),
            ("ALARM(", None),
            ("", None),
            (r#"ALARM("fires") nonsense"#, None),
        ] {
            assert_eq!(holds(rule, &known), value, "{rule}");
        }
    }

    #[test]
    fn a_rule_names_its_children() {
        assert_eq!(children(r#"ALARM("a") OR (OK(b) AND NOT ALARM('c'))"#), ["a", "b", "c"]);
    }
}
