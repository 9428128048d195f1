//! AWS's own service models, trimmed, and linked for quick walking.
//!
//! The JSON beside this file comes from botocore (Apache-2.0) by way of `trim.py`; what each trait means is
//! written down in Smithy's specification and in botocore's `model.py`.

mod link;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Index;
use std::sync::OnceLock;

use regex_lite::Regex;
use serde::Deserialize;

/// The models, by the names of botocore's folders.
const SOURCES: [(&str, &str); 12] = [
    ("autoscaling", include_str!("autoscaling.json")),
    ("cloudwatch", include_str!("cloudwatch.json")),
    ("ec2", include_str!("ec2.json")),
    ("ecs", include_str!("ecs.json")),
    ("elbv2", include_str!("elbv2.json")),
    ("events", include_str!("events.json")),
    ("iam", include_str!("iam.json")),
    ("logs", include_str!("logs.json")),
    ("scheduler", include_str!("scheduler.json")),
    ("sns", include_str!("sns.json")),
    ("ssm", include_str!("ssm.json")),
    ("sts", include_str!("sts.json")),
];

/// Every service that the simulated AWS has.
#[derive(Debug)]
pub struct Models(Vec<Model>);

impl Models {
    /// Reads the embedded models.
    ///
    /// # Errors
    /// Names the service whose model is not one.
    pub fn load() -> Result<Self, String> {
        let link = |(service, source): &(&'static str, &str)| {
            link::model(service, source).map_err(|error| format!("model of {service}: {error}"))
        };
        SOURCES.iter().map(link).collect::<Result<_, _>>().map(Self)
    }

    /// Services in the order of their names.
    pub fn iter(&self) -> impl Iterator<Item = &Model> {
        self.0.iter()
    }

    /// The service called `name`, as botocore calls it.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Model> {
        self.0.iter().find(|model| model.service == name)
    }
}

/// One service: its operations and the shapes that they reach.
#[derive(Debug)]
pub struct Model {
    /// Name of botocore's folder, such as `elbv2`.
    pub service: &'static str,
    /// What the service says about itself.
    pub metadata: Metadata,
    operations: BTreeMap<String, Operation>,
    shapes: Vec<Shape>,
}

impl Model {
    /// The operation called `name`, if this service has it here.
    #[must_use]
    pub fn operation(&self, name: &str) -> Option<&Operation> {
        self.operations.get(name)
    }

    /// Every operation, in the order of their names.
    pub fn operations(&self) -> impl Iterator<Item = &Operation> {
        self.operations.values()
    }

    /// The modelled error that `code` names, by the shape's name or by the code of the query protocols.
    ///
    /// Errors are looked up over the whole service: AWS answers `ThrottlingException` or
    /// `AccessDeniedException` to operations that do not list it.
    #[must_use]
    pub fn error(&self, code: &str) -> Option<&Shape> {
        self.shapes.iter().find(|shape| {
            let Kind::Structure(structure) = &shape.kind else { return false };
            structure.exception && (shape.name == code || structure.error.code.as_deref() == Some(code))
        })
    }

    /// The member of an operation's output that is a stream of events, and the shape of its events.
    #[must_use]
    pub fn stream(&self, operation: &Operation) -> Option<(&str, ShapeId)> {
        let Kind::Structure(output) = &self[operation.output?].kind else { return None };
        let streams = |shape: ShapeId| matches!(&self[shape].kind, Kind::Structure(events) if events.event_stream);
        output.members.iter().map(|(name, member)| (name.as_str(), member.shape)).find(|(_, shape)| streams(*shape))
    }

    /// The name that requests are signed for.
    #[must_use]
    pub fn signing_name(&self) -> &str {
        self.metadata.signing_name.as_deref().unwrap_or(&self.metadata.endpoint_prefix)
    }
}

impl Index<ShapeId> for Model {
    type Output = Shape;

    fn index(&self, id: ShapeId) -> &Shape {
        &self.shapes[id.0]
    }
}

/// A service's metadata, as far as the wire needs it.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Metadata {
    /// `Version` of the query protocols, such as `2016-11-15`.
    pub api_version: String,
    /// First label of the host name.
    pub endpoint_prefix: String,
    /// Name in the credential scope, where it differs from the endpoint's.
    pub signing_name: Option<String>,
    /// Wire protocols, AWS's favourite first.
    pub protocols: Vec<String>,
    /// `1.0` or `1.1`, for awsJson.
    pub json_version: Option<String>,
    /// What precedes the operation in `X-Amz-Target`, and names the service in the paths of RPC v2.
    pub target_prefix: Option<String>,
    /// Namespace of XML answers.
    pub xml_namespace: Option<String>,
    /// Present where newer protocols keep the error codes of the query protocol in a header.
    pub aws_query_compatible: Option<serde_json::Value>,
}

impl Metadata {
    /// Whether the service speaks `protocol`, in botocore's spelling.
    #[must_use]
    pub fn speaks(&self, protocol: &str) -> bool {
        self.protocols.iter().any(|known| known == protocol)
    }
}

/// One operation.
#[derive(Debug)]
pub struct Operation {
    /// Name, such as `DescribeInstances`.
    pub name: String,
    /// Structure of the input, where there is one.
    pub input: Option<ShapeId>,
    /// Structure of the output, where there is one.
    pub output: Option<ShapeId>,
    /// Element around the output in awsQuery.
    pub result_wrapper: Option<String>,
    /// How REST calls it.
    pub http: Http,
}

/// An operation's method, path and status in the REST protocols; in the others always the same ones.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Http {
    /// Such as `GET`.
    pub method: String,
    /// Path with labels in braces.
    pub request_uri: String,
    /// Status of an answer that is no error.
    #[serde(default = "ok")]
    pub response_code: u16,
}

fn ok() -> u16 {
    200
}

/// Where a shape is in its model. Only `link` makes one, so that every id leads somewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ShapeId(usize);

/// A shape with its constraints.
#[derive(Debug)]
pub struct Shape {
    /// Name in the model.
    pub name: String,
    /// What it is.
    pub kind: Kind,
    /// Least length, number of items, or value.
    pub min: Option<f64>,
    /// Greatest length, number of items, or value.
    pub max: Option<f64>,
    /// Regular expression that the whole of a string matches.
    pub pattern: Option<String>,
    compiled: OnceLock<Option<Regex>>,
}

impl Shape {
    /// Whether the whole of `text` matches the pattern. True without a pattern, and with one that cannot be
    /// compiled: a test shows that no input has such a pattern.
    #[must_use]
    pub fn matches(&self, text: &str) -> bool {
        let Some(pattern) = &self.pattern else { return true };
        let text = if pattern.contains(CATEGORIES) { folded(text) } else { Cow::Borrowed(text) };
        self.compiled.get_or_init(|| compile(pattern)).as_ref().is_none_or(|regex| regex.is_match(&text))
    }
}

/// Letters, separators and numbers of every script, as the models write what tags are made of.
const CATEGORIES: &str = r"\p{L}\p{Z}\p{N}";

/// A text with an ASCII letter, digit or space for each of another script: `regex-lite` knows no categories. The marks that
/// the standard library counts as letters, such as vowel signs, pass for letters.
fn folded(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return Cow::Borrowed(text);
    }
    let fold = |c: char| match c {
        _ if c.is_ascii() || c.is_control() => c,
        _ if c.is_numeric() => '0',
        _ if c.is_alphabetic() => 'a',
        _ if c.is_whitespace() => ' ',
        _ => c,
    };
    text.chars().map(fold).collect()
}

/// How the models say that a text is not blank, by looking ahead, which `regex-lite` does not.
const NOT_BLANK: &str = r"^(?!\s*$).+";

/// How the models say that an event's source is not one of AWS's, by looking ahead twice, and the same without.
const NOT_OF_AWS: &str = r"(?=[/\.\-_A-Za-z0-9]+)((?!aws\.).*)";
const FOREIGN: &str = r"[/.\-_A-Zb-z0-9].*|a|a[^w].*|aw|aw[^s].*|aws|aws[^.].*";

/// The models write Java's expressions, where a character beyond U+FFFF is a pair of surrogates.
fn compile(pattern: &str) -> Option<Regex> {
    let whole = pattern
        .replace(r"\uD800\uDC00-\uDBFF\uDFFF", r"\u{10000}-\u{10FFFF}")
        .replace(CATEGORIES, "a-zA-Z0-9 ")
        .replace(NOT_BLANK, r".*\S.*")
        .replace(NOT_OF_AWS, FOREIGN);
    Regex::new(&format!("^(?:{whole})$")).ok()
}

/// Kinds of shapes.
#[derive(Debug)]
pub enum Kind {
    /// Named members.
    Structure(Structure),
    /// Items of one shape.
    List(List),
    /// Text keys to values of one shape.
    Map(Map),
    /// Text; one of the values, where there are any.
    String(Vec<String>),
    /// A whole number of 32 bits.
    Integer,
    /// A whole number of 64 bits.
    Long,
    /// A number of 32 bits.
    Float,
    /// A number of 64 bits.
    Double,
    /// True or false.
    Boolean,
    /// An instant.
    Timestamp,
    /// Bytes.
    Blob,
}

/// A structure's traits.
#[derive(Debug)]
pub struct Structure {
    /// Members by their names in the model.
    pub members: BTreeMap<String, Member>,
    /// Members that have to be there.
    pub required: Vec<String>,
    /// Whether exactly one member is set.
    pub union: bool,
    /// The member that is all of a body in the REST protocols.
    pub payload: Option<String>,
    /// Whether it is any JSON value.
    pub document: bool,
    /// Whether it is an error.
    pub exception: bool,
    /// Whether it is the service's fault (5xx) and not the caller's.
    pub fault: bool,
    /// Whether its members are the events of a stream.
    pub event_stream: bool,
    /// HTTP status and code, for errors of the query protocols.
    pub error: ErrorTrait,
}

/// How an error shows itself.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ErrorTrait {
    /// Code in the query protocols, where it differs from the shape's name.
    pub code: Option<String>,
    /// HTTP status.
    pub http_status_code: Option<u16>,
}

/// A list's traits.
#[derive(Debug)]
pub struct List {
    /// What it holds; the name is that of an item's element.
    pub member: Member,
    /// Whether items stand directly in the parent, without an element around them.
    pub flattened: bool,
}

/// A map's traits.
#[derive(Debug)]
pub struct Map {
    /// Keys.
    pub key: Member,
    /// Values.
    pub value: Member,
    /// Whether entries stand directly in the parent.
    pub flattened: bool,
}

/// A reference to a shape, with the name it has on the wire.
#[derive(Debug)]
pub struct Member {
    /// What it refers to.
    pub shape: ShapeId,
    /// Name on the wire, where it differs from the model's.
    pub location_name: Option<String>,
    /// Name in a request of ec2Query, where it differs from the location's.
    pub query_name: Option<String>,
    /// Where the REST protocols carry it, if not in the body.
    pub location: Option<Location>,
}

/// Where a member is carried that is not in a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Location {
    /// In the path.
    Uri,
    /// In the query string.
    QueryString,
    /// In a header.
    Header,
    /// In the headers that begin with its name.
    Headers,
    /// It is the status.
    StatusCode,
}

impl Member {
    /// Name on the wire; `name` is that in the model.
    #[must_use]
    pub fn wire_name<'a>(&'a self, name: &'a str) -> &'a str {
        self.location_name.as_deref().unwrap_or(name)
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
mod tests {
    use super::*;

    /// Shapes that the inputs of a model reach.
    fn inputs(model: &Model) -> Vec<&Shape> {
        let mut waiting: Vec<ShapeId> = model.operations().filter_map(|operation| operation.input).collect();
        let mut seen = Vec::new();
        while let Some(id) = waiting.pop() {
            if seen.contains(&id) {
                continue;
            }
            seen.push(id);
            match &model[id].kind {
                Kind::Structure(structure) => waiting.extend(structure.members.values().map(|member| member.shape)),
                Kind::List(list) => waiting.push(list.member.shape),
                Kind::Map(map) => waiting.extend([map.key.shape, map.value.shape]),
                _ => {}
            }
        }
        seen.into_iter().map(|id| &model[id]).collect()
    }

    #[test]
    fn every_pattern_of_an_input_compiles() {
        let models = Models::load().unwrap();
        let patterns: Vec<&String> =
            models.iter().flat_map(inputs).filter_map(|shape| shape.pattern.as_ref()).collect();
        assert!(patterns.len() > 5, "inputs have patterns: {patterns:?}");
        for pattern in patterns {
            assert!(compile(pattern).is_some(), "{pattern}");
        }
    }

    #[test]
    fn a_pattern_covers_the_whole_text_and_characters_beyond_the_basic_plane() {
        let models = Models::load().unwrap();
        let shape = |service: &str, name: &str| {
            let model = models.get(service).unwrap();
            model.shapes.iter().position(|shape| shape.name == name).map(ShapeId).map(|id| &model[id]).unwrap()
        };
        assert!(shape("logs", "LogGroupName").matches("/ecs/web"));
        assert!(!shape("logs", "LogGroupName").matches("/ecs/web?"));
        assert!(shape("autoscaling", "XmlString").matches("web 🦀"));
        assert!(!shape("autoscaling", "XmlString").matches("bell \u{7}"));
        assert!(shape("ecs", "TagValue").matches("Größe 七\u{3000}٣ @home"));
        for wrong in ["a;b", "caf\u{e9};", "tab\t", "🦀"] {
            assert!(!shape("ecs", "TagValue").matches(wrong), "{wrong}");
        }
    }

    #[test]
    fn what_may_not_be_blank_has_to_have_something_in_it() {
        let expression = compile(NOT_BLANK).unwrap();
        assert!(expression.is_match(" keel ") && !expression.is_match("  ") && !expression.is_match(""));
    }

    #[test]
    fn a_source_of_events_is_not_one_of_aws() {
        let models = Models::load().unwrap();
        let scheduler = models.get("scheduler").unwrap();
        let source = scheduler.shapes.iter().find(|shape| shape.name == "Source").unwrap();
        assert!(["harbor", "awsome", "a", "aws", "$.source"].iter().all(|text| source.matches(text)));
        assert!(["aws.ec2", "aws.", "!", ""].iter().all(|text| !source.matches(text)));
    }

    #[test]
    fn errors_are_found_by_shape_and_by_code() {
        let models = Models::load().unwrap();
        let elb = models.get("elbv2").unwrap();
        assert_eq!(elb.error("TargetGroupNotFound").unwrap().name, "TargetGroupNotFoundException");
        assert_eq!(elb.error("TargetGroupNotFoundException").unwrap().name, "TargetGroupNotFoundException");
        assert!(elb.error("DescribeTargetHealthInput").is_none(), "an input is no error");
    }
}
