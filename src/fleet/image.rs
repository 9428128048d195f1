//! AMIs: which one an instance runs, which one it should run, and how many builds lie between.

use jiff::Timestamp;

/// An AMI.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Image {
    /// `ami-…`
    pub id: String,
    /// Name, unique for its owner.
    pub name: String,
    /// Account that owns it.
    pub owner: String,
    /// When it was created.
    pub created_at: Option<Timestamp>,
    /// `available`, `pending`, `failed`, `deregistered` and so on.
    pub state: String,
    /// Processor architecture, such as `x86_64`.
    pub architecture: Option<String>,
    /// When it was or will be deprecated.
    pub deprecated_at: Option<Timestamp>,
}

/// Who says which AMI instances should run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ExpectedFrom {
    /// An SSM parameter named in configuration.
    Parameter(String),
    /// The launch template of a group: `lt-…` and the version number that it resolved to.
    LaunchTemplate(String, String),
    /// AWS's own parameter of the ECS-optimized AMI.
    EcsOptimized(String),
}

/// The AMI that instances of one group should run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpectedImage {
    /// Group it holds for; `None`: for every instance. Who says so decides between several, see [`Images::expected_for`].
    pub group: Option<String>,
    /// `ami-…`
    pub image_id: String,
    /// Who says so.
    pub from: ExpectedFrom,
}

/// What the images panel knows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Images {
    /// Every AMI read: those in use, those expected, and the builds of the same lineage.
    pub images: Vec<Image>,
    /// What instances should run.
    pub expected: Vec<ExpectedImage>,
    /// The types of instances, where it matters how many interfaces they may have.
    pub types: Vec<InstanceType>,
}

/// What EC2 says of an instance type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InstanceType {
    /// Such as `m7i.large`.
    pub name: String,
    /// Network interfaces that an instance may have, its own included.
    pub interfaces: Option<u32>,
}

impl ExpectedFrom {
    /// Whose word counts first: configuration's, then the group's, then AWS's.
    fn rank(&self) -> u8 {
        match self {
            Self::Parameter(_) => 0,
            Self::LaunchTemplate(..) => 1,
            Self::EcsOptimized(_) => 2,
        }
    }
}

impl Images {
    /// The AMI that instances of `group` should run: what configuration's parameter says, else the group's launch
    /// template, else AWS's ECS-optimized one. Of two that rank alike the one that names the group wins.
    #[must_use]
    pub fn expected_for(&self, group: Option<&str>) -> Option<&ExpectedImage> {
        let holds = |expected: &&ExpectedImage| expected.group.is_none() || expected.group.as_deref() == group;
        self.expected.iter().filter(holds).min_by_key(|expected| (expected.from.rank(), expected.group.is_none()))
    }
}

impl Image {
    /// Whether both are builds of one lineage: same owner, same architecture, names that differ in the build number alone.
    #[must_use]
    pub fn is_build_of(&self, other: &Self) -> bool {
        self.owner == other.owner
            && self.architecture == other.architecture
            && lineage_pattern(&self.name) == lineage_pattern(&other.name)
    }
}

/// The name of an AMI with its build number replaced by `*`: the same for all builds of one lineage, and a
/// value that DescribeImages takes for its `name` filter.
///
/// A name falls into words at everything but letters, digits, `.` and `:`. A word of digits, dots and colons (with the `T` and
/// `Z` of a time, or a `v` in front) is a number. The build number starts at a number that has at least four digits in
/// a row, a date or a counter, and goes on over the numbers right behind it; if several places qualify, the
/// one with the most digits, or the later of two. If none does, it is the last number. `64` in `x86_64` and the version
/// behind `kernel-` are never part of it: AWS releases several kernels side by side.
///
/// ```
/// use quarterdeck::fleet::image::lineage_pattern;
///
/// assert_eq!(
///     lineage_pattern("al2023-ami-ecs-hvm-2023.0.20251108-kernel-6.1-x86_64"),
///     "al2023-ami-ecs-hvm-*-kernel-6.1-x86_64"
/// );
/// assert_eq!(lineage_pattern("web-2-2025-11-08T04-30-00Z"), "web-2-*-*-*-*-*");
/// assert_eq!(lineage_pattern("base-v41"), "base-*");
/// ```
#[must_use]
pub fn lineage_pattern(name: &str) -> String {
    let words = words(name);
    let build = build_number(&words);
    words
        .iter()
        .enumerate()
        .map(|(at, word)| if build.contains(&at) && word.number { "*" } else { word.text })
        .collect()
}

/// A word of a name, or what stands between two words.
struct Word<'a> {
    text: &'a str,
    number: bool,
}

impl Word<'_> {
    fn digits(&self) -> usize {
        self.text.bytes().filter(u8::is_ascii_digit).count()
    }

    fn long(&self) -> bool {
        self.text.split(|c: char| !c.is_ascii_digit()).any(|run| run.len() >= 4)
    }
}

/// Cuts a name into words and the single characters between them; joined again they are the name.
fn words(name: &str) -> Vec<Word<'_>> {
    let separator = |c: char| !(c.is_alphanumeric() || c == '.' || c == ':');
    let mut words: Vec<Word<'_>> = Vec::new();
    for piece in name.split_inclusive(separator) {
        let text = piece.strip_suffix(separator).unwrap_or(piece);
        let number = is_number(text) && !is_name_part(&words, text);
        words.push(Word { text, number });
        words.push(Word { text: piece.get(text.len()..).unwrap_or_default(), number: false });
    }
    words
}

fn is_number(word: &str) -> bool {
    let digits = word.strip_prefix('v').unwrap_or(word);
    digits.starts_with(|c: char| c.is_ascii_digit())
        && digits.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | ':' | 'T' | 'Z'))
}

/// Whether `text` belongs to the word before it, as in `x86_64` and `kernel-6.1`.
fn is_name_part(before: &[Word<'_>], text: &str) -> bool {
    let word = before.len().checked_sub(2).and_then(|at| before.get(at)).map(|word| word.text);
    word == Some("kernel") || (word == Some("x86") && text == "64")
}

/// Where in `words` the build number is; empty if there is none. Words and separators alternate.
fn build_number(words: &[Word<'_>]) -> std::ops::Range<usize> {
    let mut best = (0, 0..0);
    let mut at = 0;
    while let Some(word) = words.get(at) {
        if !(word.number && word.long()) {
            at += 1;
            continue;
        }
        let start = at;
        let mut digits = 0;
        while let Some(word) = words.get(at).filter(|word| word.number) {
            digits += word.digits();
            at += 2;
        }
        if digits >= best.0 {
            best = (digits, start..at);
        }
    }
    if best.1.is_empty() {
        best.1 = words.iter().rposition(|word| word.number).map_or(0..0, |at| at..at + 1);
    }
    best.1
}

#[cfg(test)]
mod tests {
    use super::lineage_pattern;

    #[test]
    fn builds_of_one_lineage_share_a_pattern() {
        for (name, pattern) in [
            ("al2023-ami-ecs-hvm-2023.0.20251108-kernel-6.1-x86_64", "al2023-ami-ecs-hvm-*-kernel-6.1-x86_64"),
            ("al2023-ami-ecs-hvm-2023.0.20251108-kernel-6.12-arm64", "al2023-ami-ecs-hvm-*-kernel-6.12-arm64"),
            ("amzn2-ami-ecs-hvm-2.0.20251108-x86_64-ebs", "amzn2-ami-ecs-hvm-*-x86_64-ebs"),
            ("al2023-ami-2023.9.20251105.0-kernel-6.1-x86_64", "al2023-ami-*-kernel-6.1-x86_64"),
            ("web-20251108-0430", "web-*-*"),
            ("fleet-2-20251108T043000Z", "fleet-2-*"),
            ("team-2024-web-20251108", "team-2024-web-*"),
            ("web 2025-11-08T04.30.00", "web *-*-*"),
            ("base/1762576200", "base/*"),
            ("base-17", "base-*"),
            ("base-v1.4.2-x86_64", "base-*-x86_64"),
            ("base_17_(x)", "base_*_(x)"),
            ("hand-made", "hand-made"),
            ("größe-17", "größe-*"),
            ("", ""),
            ("--", "--"),
        ] {
            assert_eq!(lineage_pattern(name), pattern, "{name}");
        }
    }
}
