//! SSM Automation: runbooks started, stopped and signalled. These are the only calls of the program that change anything.

mod signal;
mod start;
