//! A value together with who set it.

use std::fmt;

/// Who set a value. Later ones win over earlier ones, in this order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// Nobody: what the program does by itself.
    Default,
    /// An AWS variable of the environment, which counts where neither fleet nor flag says otherwise.
    Aws(&'static str),
    /// A line of the configuration file.
    File {
        /// Path of the file.
        file: String,
        /// Line in it, from 1.
        line: usize,
    },
    /// A variable of the environment.
    Environment(&'static str),
    /// A flag on the command line.
    Flag(&'static str),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File { file, line } => write!(f, "{file}:{line}"),
            Self::Aws(name) | Self::Environment(name) | Self::Flag(name) => f.write_str(name),
        }
    }
}

/// A value and where it came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting<T> {
    /// The value.
    pub value: T,
    /// Who set it.
    pub from: Origin,
}

impl<T> Setting<T> {
    /// What holds if nobody says otherwise.
    #[must_use]
    pub fn default(value: T) -> Self {
        Self { value, from: Origin::Default }
    }

    /// The last of `layers` that says anything, else this.
    #[must_use]
    pub(super) fn over<const N: usize>(self, layers: [Option<Self>; N]) -> Self {
        layers.into_iter().flatten().last().unwrap_or(self)
    }

    /// The same with a value made of this one.
    #[must_use]
    pub(super) fn map<U>(self, make: impl FnOnce(T) -> U) -> Setting<U> {
        Setting { value: make(self.value), from: self.from }
    }
}
