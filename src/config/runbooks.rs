//! `[runbooks]`: which document does which action in this account, and which others are offered.

use std::collections::BTreeMap;

use super::setting::Setting;
use crate::actions::catalogue::{Action, Names};

/// What the file says of runbooks, for every fleet or for one.
#[derive(Debug, Clone, Default)]
pub(super) struct Runbooks {
    /// What documents are called that are called otherwise than those that come along.
    pub(super) called: BTreeMap<Action, Setting<String>>,
    /// Further documents to offer.
    pub(super) also: Option<Setting<Vec<String>>>,
}

/// The key that lists further documents.
pub(super) const ALSO: &str = "also";

impl Runbooks {
    /// The keys that may stand there.
    pub(super) fn keys() -> Vec<&'static str> {
        Action::ALL.into_iter().map(Action::word).chain([ALSO]).collect()
    }

    /// What holds for a fleet: its own words over those for every fleet.
    pub(super) fn over(&self, every: &Self) -> (Names, Vec<String>) {
        let called = every.called.iter().chain(&self.called);
        let names = Names::with(called.map(|(action, name)| (*action, name.value.clone())).collect());
        let mut also: Vec<String> = Vec::new();
        for name in [&every.also, &self.also].into_iter().flatten().flat_map(|setting| &setting.value) {
            if !also.contains(name) {
                also.push(name.clone());
            }
        }
        (names, also)
    }
}
