//! Settings: defaults, then file, then environment, then flags, each value with where it came from.
