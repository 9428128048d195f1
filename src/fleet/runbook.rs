//! SSM Automation documents: what an action is made of.

use std::collections::BTreeMap;

/// A document of type Automation, as far as somebody who wants to start it has to know.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Runbook {
    /// Name, unique in its account and Region.
    pub name: String,
    /// The version that is started by default.
    pub version: String,
    /// Account that owns it, or `Amazon`.
    pub owner: Option<String>,
    /// What it does, sanitised, line by line; Markdown as its author wrote it.
    pub description: Vec<String>,
    /// ARN of the role that it assumes, with `{{ … }}` as it stands in the document.
    pub assume_role: Option<String>,
    /// What it can be told, by name.
    pub parameters: Vec<Parameter>,
    /// Its steps in the order of the document, those inside of loops left out.
    pub steps: Vec<RunbookStep>,
    /// Tags by key.
    pub tags: BTreeMap<String, String>,
}

impl Runbook {
    /// The parameter of that name.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<&Parameter> {
        self.parameters.iter().find(|parameter| parameter.name == name)
    }
}

/// A step as its document describes it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RunbookStep {
    /// Name, unique in the document.
    pub name: String,
    /// Such as `aws:executeAwsApi`.
    pub action: String,
    /// What its author says of it.
    pub description: Option<String>,
}

/// A parameter of a document, with the limits that AWS checks when it is started
/// (<https://docs.aws.amazon.com/systems-manager/latest/userguide/documents-syntax-data-elements-parameters.html>).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Parameter {
    /// Name.
    pub name: String,
    /// `String`, `StringList`, `Integer`, `Boolean`, `MapList`, `StringMap`, or a type of AWS's such as `AWS::EC2::Instance::Id` and
    /// `List<AWS::EC2::Instance::Id>`.
    pub kind: String,
    /// What its author says of it.
    pub description: Option<String>,
    /// What it is if nothing is given; `None`: it has to be given. One value unless it is a list.
    pub default: Option<Vec<String>>,
    /// Expression that each value has to match as a whole.
    pub allowed_pattern: Option<String>,
    /// The only values that are allowed; empty: any.
    pub allowed_values: Vec<String>,
    /// Fewest and most values of a list.
    pub items: (Option<usize>, Option<usize>),
    /// Fewest and most characters of a value.
    pub chars: (Option<usize>, Option<usize>),
}

impl Parameter {
    /// Whether it takes several values.
    #[must_use]
    pub fn is_list(&self) -> bool {
        self.kind == "StringList" || self.kind.starts_with("List<")
    }
}
