//! A word to an execution, before it is sent.

use crate::app::input::Input;
use crate::fleet::execution::{Execution, ExecutionStatus, Signal};

/// What an execution is about to be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Confirm {
    /// Execution id.
    pub(in crate::app) execution: String,
    /// Name of its document.
    document: String,
    word: Word,
    consequence: Option<String>,
    comment: Input,
    focus: At,
}

/// What an execution can be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Word {
    /// End.
    Stop,
    /// Go on, with approval.
    Approve,
    /// End, for want of approval.
    Reject,
    /// Go on from a pause.
    Resume,
}

/// What has the keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum At {
    /// The comment.
    Comment,
    /// The button that sends nothing.
    No,
    /// The button that sends it.
    Yes,
}

impl Word {
    /// Every word.
    pub const ALL: [Self; 4] = [Self::Stop, Self::Approve, Self::Reject, Self::Resume];

    /// What it is called.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Stop => "Stop",
            Self::Approve => "Approve",
            Self::Reject => "Reject",
            Self::Resume => "Resume",
        }
    }

    /// What it does.
    #[must_use]
    pub fn about(self) -> &'static str {
        match self {
            Self::Stop => "End it; the steps that its document has for that case run",
            Self::Approve => "Let it go on",
            Self::Reject => "Do not let it go on: it fails",
            Self::Resume => "Let it go on from its pause",
        }
    }

    /// Why an execution cannot be told so now.
    #[must_use]
    pub fn unfit(self, one: &Execution) -> Option<&'static str> {
        let waits = |action: &str| {
            let steps = one.details.iter().flat_map(|details| &details.steps);
            steps.into_iter().any(|step| step.action == action && step.started_at.is_some() && !step.status.is_over())
        };
        match self {
            _ if one.status.is_over() => Some("it has ended"),
            Self::Stop if one.status == ExecutionStatus::Cancelling => Some("it is being stopped"),
            Self::Stop => None,
            Self::Approve | Self::Reject if one.status == ExecutionStatus::PendingApproval || waits("aws:approve") => {
                None
            }
            Self::Approve | Self::Reject => Some("it waits for nobody's approval"),
            Self::Resume if one.status == ExecutionStatus::Waiting || waits("aws:pause") => None,
            Self::Resume => Some("it does not pause"),
        }
    }
}

impl Confirm {
    /// A question whether to tell `one` that, and what comes of it where that is known; the safe button has the keys.
    pub(in crate::app) fn new(one: &Execution, word: Word, consequence: Option<String>) -> Self {
        let (execution, document) = (one.id.clone(), one.document.clone());
        Self { execution, document, word, consequence, comment: Input::default(), focus: At::No }
    }

    /// What comes of it.
    #[must_use]
    pub fn consequence(&self) -> &str {
        self.consequence.as_deref().unwrap_or(self.word.about())
    }

    /// Its document.
    #[must_use]
    pub fn document(&self) -> &str {
        &self.document
    }

    /// What it would be told.
    #[must_use]
    pub fn word(&self) -> Word {
        self.word
    }

    /// The comment, where there may be one.
    #[must_use]
    pub fn comment(&self) -> Option<&Input> {
        matches!(self.word, Word::Approve | Word::Reject).then_some(&self.comment)
    }

    /// What has the keys.
    #[must_use]
    pub fn focus(&self) -> At {
        self.focus
    }

    pub(in crate::app) fn typing(&mut self) -> Option<&mut Input> {
        (self.focus == At::Comment).then_some(&mut self.comment)
    }

    /// Goes on to the next stop, or back.
    pub(in crate::app) fn walk(&mut self, forward: bool) {
        self.focus = match (self.focus, forward, self.comment().is_some()) {
            (At::Comment, true, _) | (At::Yes, _, false) | (At::Yes, false, true) => At::No,
            (At::No, true, _) | (At::No, false, false) | (At::Comment, false, _) => At::Yes,
            (At::Yes, true, true) | (At::No, false, true) => At::Comment,
        };
    }

    /// What is sent if the button with the keys says so; `None`: nothing, and it is over if `No` has them.
    pub(in crate::app) fn signal(&self) -> Option<Signal> {
        let comment = self.comment.text().trim().to_owned();
        (self.focus == At::Yes).then_some(match self.word {
            Word::Stop => Signal::Stop,
            Word::Approve => Signal::Approve(comment),
            Word::Reject => Signal::Reject(comment),
            Word::Resume => Signal::Resume,
        })
    }
}
