//! The log engine: text in memory, found and filtered fast, tailed without loss. It knows no screen and does no I/O.
//!
//! ```text
//! page of events ─ Tail (which are new?) ─ Store (arenas, time order) ─┬─ View (rows that pass a Query)
//!                                                                      ├─ Search (the same, on other threads)
//!                                                                      └─ Histogram
//! ```
//!
//! What enters the [`store::Store`] passes `text`, the one sanitiser, so nothing that comes out can steer a terminal. Whoever needs
//! the bytes as they came takes them from the page before it is stored: the store does not keep them.

pub mod batch;
mod chunk;
pub mod counters;
mod drain;
pub mod event;
pub mod histogram;
pub mod ink;
pub mod insights;
pub mod live;
pub mod moment;
mod order;
pub mod parse;
mod pattern;
pub mod query;
pub mod reconcile;
mod scan;
pub mod search;
pub mod store;
pub mod tail;
pub mod view;
mod window;

#[cfg(test)]
mod tests;
