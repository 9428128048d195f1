//! Parameters of the query protocols as the tree that their dots spell.

use std::collections::BTreeMap;

/// A parsed form: `Filter.1.Name=x` is the text `x` at `Filter`, `1`, `Name`.
#[derive(Debug, Default)]
pub(super) struct Form {
    root: Node,
}

/// A place in the tree, which may have a text, parts, or both.
#[derive(Debug, Default)]
pub(super) struct Node {
    /// The parameter's value, where one ends here.
    pub(super) text: Option<String>,
    /// What goes on behind a dot.
    pub(super) parts: BTreeMap<String, Node>,
}

impl Form {
    /// Reads a query string and a form's body. A parameter that is given twice has its last value.
    pub(super) fn parse(query: &[u8], body: &[u8]) -> Self {
        let mut form = Self::default();
        let pairs = form_urlencoded::parse(query).chain(form_urlencoded::parse(body));
        for (name, value) in pairs {
            let node = name.split('.').fold(&mut form.root, |node, part| node.parts.entry(part.into()).or_default());
            node.text = Some(value.into_owned());
        }
        form
    }

    /// The text of the parameter `name`, which has no dot.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.root.parts.get(name)?.text.as_deref()
    }

    /// The tree.
    pub(super) fn root(&self) -> &Node {
        &self.root
    }
}

impl Node {
    /// Parts in the order of their numbers; a part that is no number is none of a list.
    pub(super) fn numbered(&self) -> Vec<&Node> {
        let numbered = self.parts.iter().filter_map(|(part, node)| Some((part.parse::<u32>().ok()?, node)));
        let sorted: BTreeMap<u32, &Node> = numbered.collect();
        sorted.into_values().collect()
    }
}
