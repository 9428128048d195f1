//! The console's pure core: `update(&mut Model, Msg) -> Vec<Effect>` decides, nothing here does.
//!
//! Messages and effects are plain data that can be compared; time arrives in messages. Drawing
//! ([`crate::ui`]) reads the [`Model`] and changes nothing.

mod act;
mod cell;
mod clock;
pub mod command;
mod contexts;
mod detail;
mod effect;
mod filter;
mod input;
pub mod insights;
mod layout;
mod listing;
pub mod logs;
mod model;
mod msg;
mod overlay;
mod place;
mod related;
mod rows;
mod screens;
mod stamp;
mod summary;
mod table;
mod update;
mod visit;

pub use act::{Act, At, Confirm, Does, Focus, Offer, Stage, Word};
pub use cell::{Cell, Tone, Value};
pub use clock::{Step, step};
pub use command::Command;
pub use detail::{Detail, Line};
pub use effect::Effect;
pub use input::Input;
pub use layout::{Area, Hit, HitTarget, Layout};
pub use listing::{Align, Column, Ctx, Hosts, Listing};
pub use model::{Asking, Model, Start};
pub use msg::{Mouse, MouseKind, Msg, Usage};
pub use overlay::{Choice, Overlay, Typed};
pub use place::{Place, Screen};
pub use stamp::Stamp;
pub use summary::{Due, Next, Runs, Summary, SummaryLine, Verdict};
pub use table::Table;
pub use update::update;
