//! The notes of a plan while it is made.

use super::{Note, Topic, Weight};
use crate::fleet::finding::Subject;

/// Notes in the order in which they came up.
#[derive(Debug, Default)]
pub(super) struct Notes(Vec<Note>);

impl Notes {
    /// Something worth knowing.
    pub(super) fn fact(&mut self, topic: Topic, subject: Option<Subject>, text: String) {
        self.0.push(Note { weight: Weight::Fact, topic, subject, text });
    }

    /// Something that would surprise.
    pub(super) fn warn(&mut self, topic: Topic, subject: Option<Subject>, text: String) {
        self.0.push(Note { weight: Weight::Warning, topic, subject, text });
    }

    /// Something that nothing is started over.
    pub(super) fn block(&mut self, topic: Topic, subject: Option<Subject>, text: String) {
        self.0.push(Note { weight: Weight::Blocking, topic, subject, text });
    }

    /// The heaviest first, then by topic, subject and text.
    pub(super) fn sorted(mut self) -> Vec<Note> {
        self.0.sort_by(|a, b| {
            let key = |note: &Note| (note.topic, note.subject.clone());
            b.weight.cmp(&a.weight).then_with(|| key(a).cmp(&key(b))).then_with(|| a.text.cmp(&b.text))
        });
        self.0.dedup();
        self.0
    }
}
