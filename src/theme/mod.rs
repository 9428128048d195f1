//! Colours by role, from `themes/*.toml`, fitted to what the terminal can show.
