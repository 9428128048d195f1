//! The `quarterdeck` command.

fn main() {}
