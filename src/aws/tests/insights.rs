//! Queries of Logs Insights.

use serde_json::{Value, json};

use super::canned::{Asked, Canned, Reply};
use crate::fleet::reading::FailureKind;
use crate::logs::insights::{Language, QueryAsk, QueryStatus};

fn ask() -> QueryAsk {
    QueryAsk { groups: vec!["/ecs/web".to_owned()], text: "limit 1".to_owned(), from: -5, to: 9, ..QueryAsk::default() }
}

#[tokio::test]
async fn a_query_is_started_as_aws_wants_it() {
    let canned = Canned::new(|asked: &Asked| {
        let groups = match asked.text("queryLanguage") {
            "SQL" => json!({}),
            "PPL" => json!({ "logGroupIdentifiers": ["arn:aws:logs:r:1:log-group:/ecs/web"], "limit": 7 }),
            _ => json!({ "logGroupNames": ["/ecs/web"] }),
        };
        let mut wanted = json!({ "queryString": "limit 1", "startTime": 0, "endTime": 9 });
        wanted["queryLanguage"] = asked.input["queryLanguage"].clone();
        wanted.as_object_mut().unwrap().extend(groups.as_object().cloned().unwrap());
        assert_eq!(asked.input, wanted);
        Reply::json(json!({ "queryId": "q-1" }))
    });
    let aws = canned.connect().await;
    assert_eq!(aws.start_query(&ask()).await.unwrap(), "q-1");
    let arn = "arn:aws:logs:r:1:log-group:/ecs/web".to_owned();
    let ppl = QueryAsk { groups: vec![arn], language: Language::Ppl, limit: Some(7), ..ask() };
    assert_eq!(aws.start_query(&ppl).await.unwrap(), "q-1");
    let sql = QueryAsk { groups: Vec::new(), language: Language::Sql, ..ask() };
    assert_eq!(aws.start_query(&sql).await.unwrap(), "q-1");
}

fn row(fields: &[(&str, &str)]) -> Value {
    fields.iter().map(|(name, value)| json!({ "field": name, "value": value })).collect()
}

#[tokio::test]
async fn every_page_of_a_complete_result_is_read_into_columns() {
    let canned = Canned::new(|asked: &Asked| {
        let (rows, next) = match asked.text("nextToken") {
            "" => (vec![row(&[("a", "1\u{1b}[2J\n2"), ("@ptr", "p\u{1b}")]), row(&[("b", "3")])], Some("t")),
            _ => (vec![row(&[("b", "4"), ("a", "5")])], None),
        };
        Reply::json(json!({
            "status": "Complete", "results": rows, "nextToken": next,
            "statistics": { "recordsMatched": 3.0, "recordsScanned": 40.0, "bytesScanned": 1e12 },
        }))
    });
    let state = canned.connect().await.query_results("q").await.unwrap();
    assert_eq!(
        (state.status, state.more, state.columns.as_slice()),
        (QueryStatus::Complete, false, &["a".into(), "b".into()][..])
    );
    let cells: Vec<Vec<&str>> =
        state.rows.iter().map(|row| row.cells.iter().map(|cell| cell.as_deref().unwrap_or("-")).collect()).collect();
    assert_eq!(cells, [["1␛[2J\n2", "-"], ["-", "3"], ["5", "4"]]);
    assert_eq!(state.rows[0].pointer.as_deref(), Some("p\u{1b}"), "it is sent back, never shown");
    assert_eq!((state.matched, state.scanned, state.scanned_bytes), (3, 40, 1_000_000_000_000));
}

#[tokio::test]
async fn a_result_under_way_is_its_first_page_and_says_so() {
    let canned = Canned::new(|_| {
        Reply::json(json!({ "status": "Running", "results": [row(&[("a", "1")])], "nextToken": "again" }))
    });
    let state = canned.connect().await.query_results("q").await.unwrap();
    assert_eq!((state.status, state.more, state.rows.len(), state.matched), (QueryStatus::Running, true, 1, 0));
    assert_eq!(canned.count("GetQueryResults"), 1);
}

#[tokio::test]
async fn an_endless_result_ends() {
    let canned = Canned::new(|_| Reply::json(json!({ "status": "Complete", "results": [], "nextToken": "again" })));
    assert!(canned.connect().await.query_results("q").await.unwrap().more);
}

#[tokio::test]
async fn a_wrong_query_is_to_be_mended_where_aws_says() {
    for (start, end, hint) in [(6, 7, "at character 7: 1"), (7, 7, "at its end"), (-1, 99, "CWL_QuerySyntax")] {
        let canned = Canned::new(move |_| {
            let location = json!({ "startCharOffset": start, "endCharOffset": end });
            let error = json!({ "message": "no", "queryCompileError": { "location": location } });
            let mut body = json!({ "__type": "MalformedQueryException" });
            body.as_object_mut().unwrap().extend(error.as_object().cloned().unwrap());
            Reply::Http(400, Vec::new(), body.to_string().into_bytes())
        });
        let failure = canned.connect().await.start_query(&ask()).await.unwrap_err();
        let told = failure.hint.unwrap();
        assert!(told.contains(hint), "{told}");
    }
}

#[tokio::test]
async fn a_refused_query_says_where_and_one_that_ended_is_not_stopped() {
    let canned = Canned::new(|asked: &Asked| match asked.operation.as_str() {
        "StartQuery" => Reply::error(400, "MalformedQueryException", "unexpected symbol ~ ([7,8])"),
        "GetQueryResults" => Reply::error(400, "ResourceNotFoundException", "no such query"),
        _ => Reply::error(400, "InvalidParameterException", "it is not running"),
    });
    let aws = canned.connect().await;
    let failure = aws.start_query(&ask()).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Failed);
    assert!(failure.message.contains("([7,8])") && failure.hint.is_some(), "{failure:?}");
    assert_eq!(aws.query_results("q").await.unwrap_err().operation, "logs:GetQueryResults");
    assert!(!aws.stop_query("q").await.unwrap());
}
