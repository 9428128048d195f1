//! The start of a runbook: what is sent, and what came of it.

use super::form::Form;
use crate::fleet::execution::Values;
use crate::fleet::reading::Failure;
use crate::fleet::runbook::Runbook;

/// A start of a runbook, as it is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Start {
    /// What makes it one and the same: the client token is this UUID, and the tag is made of it.
    pub request_id: String,
    /// Name of the document.
    pub document: String,
    /// Its version, as it was planned; `None`: the default one.
    pub version: Option<String>,
    /// Parameters.
    pub values: Values,
    /// The parameter that is another one for each target, with its values: AWS runs the document for one after the other, and
    /// stops at the first that fails.
    pub each: Option<(String, Vec<String>)>,
}

impl Start {
    /// The start of `runbook` with `values`, for each target of its form. A request that has no number yet has an empty id.
    #[must_use]
    pub fn new(request_id: &str, runbook: &Runbook, form: &Form, values: Values) -> Self {
        Self {
            request_id: request_id.to_owned(),
            document: runbook.name.clone(),
            version: Some(runbook.version.clone()).filter(|version| !version.is_empty()),
            values,
            each: form.each.clone(),
        }
    }

    /// The key of the tag by which an execution is found whose start was not answered. Lists of executions can be asked for tags by key
    /// alone, so the key is a name of its own.
    #[must_use]
    pub fn tag(&self) -> String {
        tag_of(&self.request_id)
    }
}

/// The tag of the request of that id.
#[must_use]
pub fn tag_of(request_id: &str) -> String {
    format!("quarterdeck-{request_id}")
}

/// What came of a start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It runs under this id.
    Started(String),
    /// AWS refused it: nothing runs.
    Refused(Failure),
    /// No answer came, and nothing was found by its tag: it may run or not, and is never sent again.
    Unknown(Failure),
}
