//! The screens and the core behind them: messages in, frames out, no terminal.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

mod fixture;
mod stage;

use fixture::Story;
use stage::Stage;

#[test]
fn every_screen_draws_at_every_size() {
    for (width, height) in [(0, 0), (1, 1), (59, 16), (60, 16), (80, 24), (120, 40), (200, 50)] {
        for keys in ["1", "2", "3", "4", "5", "T", "2 enter", "1 enter", "?", ":", "g"] {
            let text = Stage::new(width, height).land(fixture::reads(Story::Troubled)).press(keys).text();
            assert!(text.lines().count() <= usize::from(height), "{width}x{height} {keys}");
        }
    }
}
