//! AWS through its SDK: the one source of everything that the console shows.

mod bucket;
pub mod budget;
pub mod request;
