//! Commands for a shell: what one would type instead.

use super::start::Start;

/// A word of a command, quoted for a POSIX shell where it needs to be.
#[must_use]
pub fn quoted(word: &str) -> String {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "-_./:=,@%+".contains(letter);
    match !word.is_empty() && word.chars().all(plain) {
        true => word.to_owned(),
        false => format!("'{}'", word.replace('\'', "'\\''")),
    }
}

/// A command with its words quoted.
pub(super) fn line<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    words.into_iter().map(quoted).collect::<Vec<_>>().join(" ")
}

/// The start of a runbook as the AWS CLI does it. The client token makes it one and the same with ours.
#[must_use]
pub fn start(start: &Start, region: &str) -> String {
    let mut words = vec!["aws", "ssm", "start-automation-execution", "--document-name", &start.document];
    if let Some(version) = &start.version {
        words.extend(["--document-version", version]);
    }
    let parameters = serde_json::json!(start.values).to_string();
    if !start.values.is_empty() {
        words.extend(["--parameters", &parameters]);
    }
    let targets = start
        .each
        .as_ref()
        .map(|(_, values)| serde_json::json!([{ "Key": "ParameterValues", "Values": values }]).to_string());
    if let (Some((name, _)), Some(targets)) = (&start.each, &targets) {
        words.extend(["--target-parameter-name", name, "--targets", targets]);
        words.extend(["--max-concurrency", "1", "--max-errors", "0"]);
    }
    let tag = format!("Key={},Value=request", start.tag());
    // A start that was not numbered yet has neither.
    if !start.request_id.is_empty() {
        words.extend(["--client-token", &start.request_id, "--tags", &tag]);
    }
    words.extend(["--region", region]);
    line(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_quoted_where_a_shell_would_read_something_else() {
        for plain in ["i-0abc", "arn:aws:ecs:eu-west-1:1:task/prod/a", "a=b,c"] {
            assert_eq!(quoted(plain), plain);
        }
        assert_eq!(quoted(""), "''");
        assert_eq!(quoted("it's $HOME; `x`"), "'it'\\''s $HOME; `x`'");
    }

    #[test]
    fn a_start_says_everything_that_is_sent() {
        let mut one = Start {
            request_id: "6b1c".to_owned(),
            document: "DrainInstance".to_owned(),
            version: Some("3".to_owned()),
            values: [("Reason".to_owned(), vec!["it's old".to_owned()])].into(),
            each: None,
        };
        assert_eq!(
            start(&one, "eu-west-1"),
            "aws ssm start-automation-execution --document-name DrainInstance --document-version 3 --parameters \
             '{\"Reason\":[\"it'\\''s old\"]}' --client-token 6b1c --tags Key=quarterdeck-6b1c,Value=request --region eu-west-1"
        );
        one.each = Some(("InstanceId".to_owned(), vec!["i-1".to_owned(), "i-2".to_owned()]));
        let each = "--target-parameter-name InstanceId --targets '[{\"Key\":\"ParameterValues\",\"Values\":[\"i-1\",\"i-2\"]}]' \
                    --max-concurrency 1 --max-errors 0";
        let line = start(&one, "eu-west-1");
        assert!(line.contains(each), "{line}");
    }
}
