//! Live Tail's events carry no id, so what it gave and what is read afterwards are matched by what they say.

use std::collections::HashMap;

use super::tail::fingerprint;

#[derive(Debug, Clone, Copy, Default)]
struct Heard {
    time: i64,
    live: u32,
    read: u32,
}

/// Which events came by both ways. Equal texts of one stream at one time are counted, not merged: three of them stay three.
#[derive(Debug, Clone, Default)]
pub struct Reconcile {
    heard: HashMap<u128, Heard>,
}

impl Reconcile {
    /// An event that Live Tail gave. Whether it is new.
    pub fn live(&mut self, stream: &str, time: i64, message: &[u8]) -> bool {
        let heard = self.heard(stream, time, message);
        heard.live += 1;
        heard.live > heard.read
    }

    /// An event that was read, and that its id says was not read before. Whether it is new.
    pub fn read(&mut self, stream: &str, time: i64, message: &[u8]) -> bool {
        let heard = self.heard(stream, time, message);
        heard.read += 1;
        heard.read > heard.live
    }

    /// Forgets what is older than that: reading and Live Tail have both passed it.
    pub fn forget_before(&mut self, time: i64) {
        self.heard.retain(|_, heard| heard.time >= time);
    }

    /// Whether nothing is remembered.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.heard.is_empty()
    }

    fn heard(&mut self, stream: &str, time: i64, message: &[u8]) -> &mut Heard {
        let key = fingerprint(&[stream.as_bytes(), &time.to_be_bytes(), message]);
        self.heard.entry(key).or_insert(Heard { time, ..Heard::default() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_event_is_new_once_whichever_way_it_comes_first() {
        let mut both = Reconcile::default();
        let live: Vec<bool> = (0..3).map(|_| both.live("a", 1, b"same")).collect();
        let read: Vec<bool> = (0..4).map(|_| both.read("a", 1, b"same")).collect();
        assert_eq!((live, read), (vec![true; 3], vec![false, false, false, true]));
        assert!(!both.live("a", 1, b"same"));
        assert!(both.live("a", 2, b"same") && both.live("b", 1, b"same"));
        assert!(both.read("ab", 1, b"c") && both.live("a", 1, b"bc"));
        both.forget_before(2);
        assert!(both.live("a", 1, b"same"));
    }
}
