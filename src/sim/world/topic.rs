//! Topics, and what was published to them.

use std::collections::VecDeque;

use jiff::Timestamp;

use super::World;

/// Messages that a topic remembers.
const REMEMBERED: usize = 1_000;

/// A topic.
#[derive(Debug, Clone)]
pub struct Topic {
    /// ARN.
    pub arn: String,
    /// How much was published so far.
    pub published: u64,
    /// The newest of it, oldest first.
    pub messages: VecDeque<Message>,
}

/// Something that was published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// UUID.
    pub id: String,
    /// When.
    pub at: Timestamp,
    /// Subject, where there is one.
    pub subject: Option<String>,
    /// Text.
    pub text: String,
}

impl World {
    /// Adds a topic and gives its ARN.
    pub(crate) fn add_topic(&mut self, name: &str) -> String {
        let arn = self.arn("sns", name);
        let topic = Topic { arn: arn.clone(), published: 0, messages: VecDeque::new() };
        self.topics.entry(arn.clone()).or_insert(topic);
        arn
    }

    /// Publishes to a topic and gives the message's id; none where there is no such topic.
    pub(crate) fn publish(&mut self, arn: &str, subject: Option<&str>, text: &str) -> Option<String> {
        let id = self.fresh_id();
        let at = self.now;
        let topic = self.topics.get_mut(arn)?;
        topic.published += 1;
        if topic.messages.len() == REMEMBERED {
            topic.messages.pop_front();
        }
        let message = Message { id: id.clone(), at, subject: subject.map(str::to_owned), text: text.to_owned() };
        topic.messages.push_back(message);
        Some(id)
    }
}
