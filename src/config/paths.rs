//! Where the user's files are.

use std::path::{Path, PathBuf};

/// The folder of the user's files: `$XDG_CONFIG_HOME/quarterdeck`, else `~/.config/quarterdeck`; none without a home.
///
/// A relative `XDG_CONFIG_HOME` counts as none, as its specification wants.
pub(super) fn folder(lookup: impl Fn(&str) -> Option<String>) -> Option<PathBuf> {
    let absolute = |name: &str| lookup(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let base = absolute("XDG_CONFIG_HOME").or_else(|| absolute("HOME").map(|home| home.join(".config")))?;
    Some(base.join("quarterdeck"))
}

/// The path that a user wrote in a file: `~/` is the home, and what is relative is beside that file.
pub(super) fn written(path: &str, beside: Option<&Path>, lookup: impl Fn(&str) -> Option<String>) -> PathBuf {
    match (path.strip_prefix("~/"), lookup("HOME")) {
        (Some(rest), Some(home)) => PathBuf::from(home).join(rest),
        _ => beside.map_or_else(|| PathBuf::from(path), |folder| folder.join(path)),
    }
}

/// Whether a theme is written as a path and not as a name.
pub(super) fn is_path(theme: &str) -> bool {
    theme.contains('/') || Path::new(theme).extension().is_some_and(|extension| extension == "toml")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_folder_is_where_xdg_says() {
        let of = |variables: &'static [(&'static str, &'static str)]| {
            folder(move |name| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned()))
        };
        assert_eq!(of(&[("HOME", "/home/ada")]), Some("/home/ada/.config/quarterdeck".into()));
        assert_eq!(of(&[("HOME", "/home/ada"), ("XDG_CONFIG_HOME", "/etc/ada")]), Some("/etc/ada/quarterdeck".into()));
        assert_eq!(of(&[("HOME", "/home/ada"), ("XDG_CONFIG_HOME", "")]), Some("/home/ada/.config/quarterdeck".into()));
        assert_eq!(of(&[]), None);
    }

    #[test]
    fn paths_in_a_file_are_beside_it() {
        let lookup = |name: &str| (name == "HOME").then(|| "/home/ada".to_owned());
        assert_eq!(written("keys.toml", Some(Path::new("/c")), lookup), PathBuf::from("/c/keys.toml"));
        assert_eq!(written("~/keys.toml", Some(Path::new("/c")), lookup), PathBuf::from("/home/ada/keys.toml"));
        assert_eq!(written("/keys.toml", Some(Path::new("/c")), lookup), PathBuf::from("/keys.toml"));
    }
}
