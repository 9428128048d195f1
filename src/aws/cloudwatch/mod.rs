//! CloudWatch: alarms and the rules that mute them.

pub(super) mod alarm;
pub(super) mod mute;
mod window;
