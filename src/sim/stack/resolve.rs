//! Intrinsic functions, conditions and parameters of a template, worked out for one place.

use std::collections::BTreeMap;

use regex_lite::Regex;
use serde_json::{Map, Value};

use super::names::{Named, name_property};
use super::{Include, Place, Resource};

/// How deep functions may lead to each other before they are taken for a circle.
const DEEPEST: usize = 40;

/// Sections of a template.
const SECTIONS: [&str; 7] =
    ["AWSTemplateFormatVersion", "Description", "Transform", "Parameters", "Conditions", "Resources", "Outputs"];
/// The transform that brings [`Fn::ToJsonString`](
/// https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-ToJsonString.html).
const EXTENSIONS: &str = "AWS::LanguageExtensions";

/// A template in one place.
#[derive(Debug)]
pub(super) struct Resolved {
    pub parameters: BTreeMap<String, String>,
    pub resources: BTreeMap<String, Resource>,
}

/// A template's sections.
struct Template<'t> {
    parameters: BTreeMap<String, Value>,
    conditions: Map<String, Value>,
    resources: &'t Map<String, Value>,
    place: &'t Place,
    includes: &'t [Include],
    /// Whether the language's extensions are there.
    extended: bool,
}

/// Resolves a template.
pub(super) fn template(value: &Value, place: &Place, includes: &[Include]) -> Result<Resolved, String> {
    let sections = value.as_object().ok_or("the template is no map")?;
    only(sections, &SECTIONS)?;
    let extended = match sections.get("Transform") {
        None => false,
        Some(transform) if transform == EXTENSIONS => true,
        Some(other) => return Err(format!("Transform {other} is not supported; {EXTENSIONS} is")),
    };
    let section = |name: &str| sections.get(name).and_then(Value::as_object);
    let parameters = parameters(section("Parameters"), place)?;
    let resources = section("Resources").ok_or("the template has no Resources")?;
    let conditions = section("Conditions").cloned().unwrap_or_default();
    let template = Template { parameters, conditions, resources, place, includes, extended };
    let mut resolved = BTreeMap::new();
    for name in resources.keys() {
        let wrong = |wrong| format!("{name}: {wrong}");
        if let Some(resource) = template.resource(name).map_err(wrong)? {
            resolved.insert(name.clone(), resource);
        }
    }
    for (name, output) in section("Outputs").into_iter().flatten() {
        template.value(output, 0).map_err(|wrong| format!("Outputs.{name}: {wrong}"))?;
    }
    let texts = template.parameters.iter().map(|(name, value)| (name.clone(), plain(value)));
    Ok(Resolved { parameters: texts.collect(), resources: resolved })
}

fn only(members: &Map<String, Value>, known: &[&str]) -> Result<(), String> {
    match members.keys().find(|name| !known.contains(&name.as_str())) {
        Some(name) => Err(format!("{name} is not supported; known are {}", known.join(", "))),
        None => Ok(()),
    }
}

/// Values of parameters: what is given, else the default, each checked against what the template says of it.
fn parameters(section: Option<&Map<String, Value>>, place: &Place) -> Result<BTreeMap<String, Value>, String> {
    let declared = section.cloned().unwrap_or_default();
    if let Some(name) = place.given.keys().find(|name| !declared.contains_key(*name)) {
        return Err(format!("the template has no parameter {name}"));
    }
    let read = |(name, parameter): (&String, &Value)| {
        let value = parameter_value(parameter, place.given.get(name)).map_err(|wrong| format!("{name}: {wrong}"))?;
        Ok((name.clone(), value))
    };
    declared.iter().map(read).collect()
}

fn parameter_value(parameter: &Value, given: Option<&String>) -> Result<Value, String> {
    let members = parameter.as_object().ok_or("a parameter is a map")?;
    let known =
        ["Type", "Default", "Description", "AllowedPattern", "AllowedValues", "ConstraintDescription", "MinValue"];
    only(members, &known)?;
    let text =
        given.cloned().or_else(|| members.get("Default").map(plain)).ok_or("no value is given, and no default")?;
    if let Some(allowed) = members.get("AllowedValues").and_then(Value::as_array)
        && !allowed.iter().any(|value| plain(value) == text)
    {
        return Err(format!("{text:?} is not among the allowed values"));
    }
    if let Some(pattern) = members.get("AllowedPattern").and_then(Value::as_str) {
        let pattern = Regex::new(&format!("^(?:{pattern})$")).map_err(|error| error.to_string())?;
        if !pattern.is_match(&text) {
            return Err(format!("{text:?} does not match {pattern}"));
        }
    }
    let kind = members.get("Type").and_then(Value::as_str).ok_or("Type is missing")?;
    if kind == "Number" {
        let number: Value = serde_json::from_str(&text).map_err(|_| format!("{text:?} is no number"))?;
        let fewest = members.get("MinValue").and_then(Value::as_f64);
        return match (number.as_f64(), fewest) {
            (Some(value), Some(fewest)) if value < fewest => Err(format!("{text} is less than {fewest}")),
            (Some(_), _) => Ok(number),
            (None, _) => Err(format!("{text:?} is no number")),
        };
    }
    if kind.starts_with("List<") {
        return Ok(text.split(',').map(|item| Value::from(item.trim())).collect());
    }
    Ok(Value::String(text))
}

/// A value as text; lists are joined as CloudFormation joins them.
fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(plain).collect::<Vec<_>>().join(","),
        other => other.to_string(),
    }
}

impl Template<'_> {
    /// A resource; none where its condition does not hold.
    fn resource(&self, name: &str) -> Result<Option<Resource>, String> {
        let members = self.resources.get(name).and_then(Value::as_object).ok_or("a resource is a map")?;
        only(members, &["Type", "Condition", "DependsOn", "DeletionPolicy", "UpdateReplacePolicy", "Properties"])?;
        if let Some(condition) = members.get("Condition").and_then(Value::as_str)
            && !self.condition(condition, 0)?
        {
            return Ok(None);
        }
        let depends = members.get("DependsOn").and_then(Value::as_array);
        let missing = depends.into_iter().flatten().map(plain).find(|name| !self.resources.contains_key(name));
        if let Some(missing) = missing {
            return Err(format!("it depends on {missing}, which is not in the template"));
        }
        let kind = members.get("Type").and_then(Value::as_str).ok_or("Type is missing")?.to_owned();
        let properties = members.get("Properties").unwrap_or(&Value::Null);
        let properties = self.value(properties, 0)?.unwrap_or(Value::Null);
        Ok(Some(Resource { kind, properties }))
    }

    /// A value with its functions resolved; none is `AWS::NoValue`.
    fn value(&self, value: &Value, depth: usize) -> Result<Option<Value>, String> {
        if depth > DEEPEST {
            return Err("functions lead to each other in a circle".into());
        }
        match value {
            Value::Object(members) => match function(members) {
                Some((name, argument)) => {
                    self.function(name, argument, depth + 1).map_err(|wrong| format!("{name}: {wrong}"))
                }
                None => self.members(members, depth + 1).map(Some),
            },
            Value::Array(items) => {
                let items = items.iter().map(|item| self.value(item, depth + 1));
                let items: Vec<Option<Value>> = items.collect::<Result<_, _>>()?;
                Ok(Some(items.into_iter().flatten().collect()))
            }
            other => Ok(Some(other.clone())),
        }
    }

    fn members(&self, members: &Map<String, Value>, depth: usize) -> Result<Value, String> {
        let mut resolved = Map::new();
        for (name, member) in members {
            if name.starts_with("Fn::") {
                return Err(format!("{name} stands beside other members"));
            }
            if let Some(value) = self.value(member, depth).map_err(|wrong| format!("{name}: {wrong}"))? {
                resolved.insert(name.clone(), value);
            }
        }
        Ok(Value::Object(resolved))
    }

    fn function(&self, name: &str, argument: &Value, depth: usize) -> Result<Option<Value>, String> {
        let text = |value: &Value| -> Result<String, String> {
            self.value(value, depth)?.map(|value| plain(&value)).ok_or_else(|| "a value is missing".into())
        };
        Ok(Some(match name {
            "Ref" if argument == "AWS::NoValue" => return Ok(None),
            "Ref" => self.reference(argument.as_str().ok_or("a name is missing")?, depth)?,
            "Fn::GetAtt" => {
                let [logical, attribute] = pair(argument)?;
                let (Some(logical), Some(attribute)) = (logical.as_str(), attribute.as_str()) else {
                    return Err("a name and an attribute are wanted".into());
                };
                self.named(logical, depth)?.attribute(attribute, self.place)?.into()
            }
            "Fn::Sub" => self.substitute(argument.as_str().ok_or("only a text is supported")?, depth)?.into(),
            "Fn::Base64" => {
                use base64::Engine as _;
                base64::engine::general_purpose::STANDARD.encode(text(argument)?).into()
            }
            "Fn::If" => return self.choose(argument, depth),
            "Fn::Select" => {
                let [index, list] = pair(argument)?;
                let list = self.value(list, depth)?;
                let index = index.as_u64().and_then(|index| usize::try_from(index).ok());
                let item = index.and_then(|index| list.as_ref()?.get(index).cloned());
                item.ok_or("there is no such item")?
            }
            "Fn::Transform" => return self.value(&self.include(argument)?, depth),
            "Fn::ToJsonString" if !self.extended => return Err(format!("it wants Transform: {EXTENSIONS}")),
            "Fn::ToJsonString" => self.value(argument, depth)?.ok_or("a value is missing")?.to_string().into(),
            _ => return Err("this function is not supported".into()),
        }))
    }

    fn choose(&self, argument: &Value, depth: usize) -> Result<Option<Value>, String> {
        let parts = argument.as_array().map(Vec::as_slice);
        let Some([Value::String(condition), yes, no]) = parts else {
            return Err("a condition and two values are wanted".into());
        };
        self.value(if self.condition(condition, depth)? { yes } else { no }, depth)
    }

    /// What a file holds, as if it stood in the template
    /// (<https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/transform-aws-include.html>).
    fn include(&self, argument: &Value) -> Result<Value, String> {
        let location = argument.get("Parameters").and_then(|parameters| parameters.get("Location")?.as_str());
        let (true, Some(location)) = (argument.get("Name").is_some_and(|name| name == "AWS::Include"), location) else {
            return Err("only AWS::Include with a Location is supported".into());
        };
        let included = self.includes.iter().find(|(name, _)| *name == location);
        let (_, text) = included.ok_or_else(|| format!("{location} is not there"))?;
        serde_saphyr::from_str(text).map_err(|error| format!("{location}: {error}"))
    }

    fn reference(&self, name: &str, depth: usize) -> Result<Value, String> {
        if let Some(value) = self.parameters.get(name) {
            return Ok(value.clone());
        }
        Ok(match name {
            "AWS::AccountId" => self.place.account.clone(),
            "AWS::Partition" => "aws".into(),
            "AWS::Region" => self.place.region.clone(),
            "AWS::URLSuffix" => "amazonaws.com".into(),
            _ => self.named(name, depth)?.reference(self.place)?,
        }
        .into())
    }

    /// What a resource is called.
    fn named<'s>(&'s self, logical: &'s str, depth: usize) -> Result<Named<'s>, String> {
        let resource = self.resources.get(logical).ok_or_else(|| format!("{logical} is not in the template"))?;
        let kind = resource.get("Type").and_then(Value::as_str).unwrap_or_default();
        let property = name_property(kind).and_then(|property| resource.get("Properties")?.get(property));
        let name = property.map(|property| self.value(property, depth + 1)).transpose()?.flatten();
        let path = resource.get("Properties").and_then(|properties| properties.get("Path")?.as_str()).unwrap_or("/");
        Ok(Named { logical, kind, name: name.as_ref().map(plain), path })
    }

    /// `${Name}`, `${Resource.Attribute}`, and `${!Name}` for `${Name}` itself.
    fn substitute(&self, text: &str, depth: usize) -> Result<String, String> {
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${") {
            out.push_str(before);
            let (word, behind) = after.split_once('}').ok_or("a } is missing")?;
            match (word.strip_prefix('!'), word.split_once('.')) {
                (Some(literal), _) => out.push_str(&format!("${{{literal}}}")),
                (None, Some((logical, attribute))) => {
                    out.push_str(&self.named(logical, depth)?.attribute(attribute, self.place)?);
                }
                (None, None) => out.push_str(&plain(&self.reference(word, depth)?)),
            }
            rest = behind;
        }
        out.push_str(rest);
        Ok(out)
    }

    fn condition(&self, name: &str, depth: usize) -> Result<bool, String> {
        let condition = self.conditions.get(name).ok_or_else(|| format!("there is no condition {name}"))?;
        self.holds(condition, depth).map_err(|wrong| format!("condition {name}: {wrong}"))
    }

    fn holds(&self, condition: &Value, depth: usize) -> Result<bool, String> {
        if depth > DEEPEST {
            return Err("conditions lead to each other in a circle".into());
        }
        match condition.as_object().and_then(function) {
            Some(("Fn::Equals", argument)) => {
                let [left, right] = pair(argument)?;
                Ok(self.value(left, depth + 1)? == self.value(right, depth + 1)?)
            }
            Some(("Fn::Not", Value::Array(items))) if items.len() == 1 => {
                items.first().map_or(Ok(false), |item| self.holds(item, depth + 1).map(|holds| !holds))
            }
            Some(("Condition", Value::String(name))) => self.condition(name, depth + 1),
            _ => Err("only Fn::Equals, Fn::Not and Condition are supported".into()),
        }
    }
}

/// The function that a map is, if it is one.
fn function(members: &Map<String, Value>) -> Option<(&str, &Value)> {
    let mut entries = members.iter();
    let (name, argument) = entries.next().filter(|_| members.len() == 1)?;
    let is = name == "Ref" || name.starts_with("Fn::") || (name == "Condition" && argument.is_string());
    is.then_some((name.as_str(), argument))
}

fn pair(argument: &Value) -> Result<&[Value; 2], String> {
    argument.as_array().and_then(|items| items.as_slice().try_into().ok()).ok_or_else(|| "two values are wanted".into())
}
