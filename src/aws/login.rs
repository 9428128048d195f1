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
        Self::find_in(&Fs::real(), &Env::real(), profile).await
    }

    async fn find_in(files: &Fs, environment: &Env, profile: Option<&str>) -> Result<Self, String> {
        let name = profile.map(|name| std::borrow::Cow::Owned(name.to_owned()));
        match profile::load(files, environment, &Default::default(), name).await {
            Ok(set) => Self::of(&set, profile),
            // The SDK meets the same fault and says what it is.
            Err(_) => Ok(Self { profile: profile.map(clean), session: None }),
        }
    }

    fn of(set: &ProfileSet, asked: Option<&str>) -> Result<Self, String> {
        let selected = set.selected_profile();
        if asked.is_some() && set.get_profile(selected).is_none() {
            let mut known: Vec<String> = set.profiles().map(clean).collect();
            known.sort();
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

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
mod tests {
    use super::*;

    const CONFIG: &str = "
[default]
region = eu-west-1
[profile live]
sso_session = corp
sso_account_id = 111122223333
sso_role_name = OnCall
[sso-session corp]
sso_start_url = https://example.com/start
sso_region = eu-west-1
[profile old-sso]
sso_start_url = https://example.com/start
[profile desk]
login_session = arn:aws:iam::111122223333:user/ada
[profile admin]
role_arn = arn:aws:iam::111122223333:role/Admin
source_profile = live
[profile around]
role_arn = arn:aws:iam::111122223333:role/Admin
source_profile = around
[profile keys]
credential_process = /bin/keys
";

    async fn find(profile: Option<&str>, environment: &[(&str, &str)]) -> Result<Login, String> {
        let environment: Vec<(&str, &str)> = [("HOME", "/home")].iter().chain(environment).copied().collect();
        let files = Fs::from_slice(&[("/home/.aws/config", CONFIG)]);
        Login::find_in(&files, &Env::from_slice(&environment), profile).await
    }

    #[tokio::test]
    async fn the_hint_names_the_command_of_the_profile() {
        for (profile, hint) in [
            ("live", "run: aws sso login --profile live"),
            ("old-sso", "run: aws sso login --profile old-sso"),
            ("desk", "run: aws login --profile desk"),
            ("admin", "run: aws sso login --profile live"),
            ("around", "renew the credentials of profile around; they are read anew each time"),
            ("keys", "renew the credentials of profile keys; they are read anew each time"),
        ] {
            assert_eq!(find(Some(profile), &[]).await.unwrap().hint(), hint);
        }
        assert_eq!(find(None, &[("AWS_PROFILE", "live")]).await.unwrap().hint(), "run: aws sso login --profile live");
        assert!(find(None, &[]).await.unwrap().hint().starts_with("run: aws login, or choose a profile"));
    }

    #[tokio::test]
    async fn a_profile_that_does_not_exist_is_told_with_those_that_do() {
        let message = find(Some("lvie\u{1b}"), &[]).await.unwrap_err();
        assert!(message.starts_with("no profile lvie␛ in the AWS configuration; there: "), "{message}");
        assert!(message.contains("live"));
        assert!(find(None, &[("AWS_PROFILE", "lvie")]).await.is_ok(), "keys in the environment may be enough");
    }
}
