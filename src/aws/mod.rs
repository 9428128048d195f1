//! AWS through its SDK: the one source of everything that the console shows.

pub mod request;
