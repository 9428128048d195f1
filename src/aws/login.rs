//! How the credentials in use came to be, to say what renews them.

use aws_config::profile::{self, ProfileSet};
use aws_types::os_shim_internal::{Env, Fs};

use crate::text;

/// Profiles that lead to other profiles are followed this far; a loop ends here too.
const DEPTH: usize = 8;

/// What renews the credentials.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Login {
    /// Profile that was asked for by name, else the one that the environment selects.
    profile: Option<String>,
    /// The profile whose session has to be renewed, with the command that does it.
    session: Option<(&'static str, String)>,
}

impl Login {
    /// Reads the shared configuration files; `profile` is the one that was asked for by name.
    ///
    /// # Errors
    /// A sentence if that profile does not exist.
    pub(super) async fn find(profile: Option<&str>) -> Result<Self, String> {
        let name = profile.map(|name| std::borrow::Cow::Owned(name.to_owned()));
        match profile::load(&Fs::real(), &Env::real(), &Default::default(), name).await {
            Ok(set) => Self::of(&set, profile),
            // The SDK meets the same fault and says what it is.
            Err(_) => Ok(Self { profile: profile.map(clean), session: None }),
        }
    }

    fn of(set: &ProfileSet, asked: Option<&str>) -> Result<Self, String> {
        let selected = set.selected_profile();
        if asked.is_some() && set.get_profile(selected).is_none() {
            let known: Vec<String> = set.profiles().map(clean).collect();
            let known = if known.is_empty() { "there are none".to_owned() } else { known.join(", ") };
            return Err(format!("no profile {} in the AWS configuration; there: {known}", clean(selected)));
        }
        Ok(Self { profile: asked.map(clean), session: session_of(set, selected) })
    }

    /// What to do when the credentials are missing or have expired.
    pub(super) fn hint(&self) -> String {
        match (&self.session, &self.profile) {
            (Some((command, profile)), _) if profile == "default" => format!("run: {command}"),
            (Some((command, profile)), _) => format!("run: {command} --profile {profile}"),
            (None, Some(profile)) => {
                format!("renew the credentials of profile {profile}; they are read anew each time")
            }
            (None, None) => "run: aws login, or choose a profile with --profile or AWS_PROFILE".to_owned(),
        }
    }
}

/// Follows `source_profile` to the profile that has a session, if one has.
fn session_of(set: &ProfileSet, from: &str) -> Option<(&'static str, String)> {
    let mut name = from;
    for _ in 0..DEPTH {
        let profile = set.get_profile(name)?;
        if profile.get("sso_session").or(profile.get("sso_start_url")).is_some() {
            return Some(("aws sso login", clean(name)));
        }
        if profile.get("login_session").is_some() {
            return Some(("aws login", clean(name)));
        }
        name = profile.get("source_profile")?;
    }
    None
}

fn clean(text: &str) -> String {
    text::one_line(text, 128)
}
