//! Keys to commands, from `keymap.toml` and the user's own file over it.
