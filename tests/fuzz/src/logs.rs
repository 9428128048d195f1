//! The log engine, less what only carries answers from one part to another.

#[path = "../../../src/logs/chunk.rs"]
mod chunk;
#[path = "../../../src/logs/counters.rs"]
pub mod counters;
#[path = "../../../src/logs/drain.rs"]
mod drain;
#[path = "../../../src/logs/event.rs"]
pub mod event;
#[path = "../../../src/logs/histogram.rs"]
pub mod histogram;
#[path = "../../../src/logs/ink.rs"]
pub mod ink;
#[path = "../../../src/logs/order.rs"]
mod order;
#[path = "../../../src/logs/parse.rs"]
pub mod parse;
#[path = "../../../src/logs/pattern.rs"]
mod pattern;
#[path = "../../../src/logs/query.rs"]
pub mod query;
#[path = "../../../src/logs/reconcile.rs"]
pub mod reconcile;
#[path = "../../../src/logs/scan.rs"]
mod scan;
#[path = "../../../src/logs/search.rs"]
pub mod search;
#[path = "../../../src/logs/store.rs"]
pub mod store;
#[path = "../../../src/logs/tail.rs"]
pub mod tail;
#[path = "../../../src/logs/view.rs"]
pub mod view;
#[path = "../../../src/logs/window.rs"]
mod window;
