#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::sync::Arc;

use super::record::Record;
use super::run::{ResultRow, Run};
use super::{Language, compile};

/// When the first event happened.
const START: i64 = 1_772_366_400_000;

/// Events a second apart, in two streams in turn.
fn records(messages: &[&str]) -> Vec<Record> {
    let record = |(n, message): (usize, &&str)| Record {
        log: "111122223333:/ecs/web".into(),
        stream: format!("web/{}", n % 2).into(),
        at: START + n as i64 * 1_000,
        ingested_at: START + n as i64 * 1_000 + 250,
        message: (*message).to_owned(),
        pointer: format!("p{n}"),
    };
    messages.iter().enumerate().map(record).collect()
}

const REQUESTS: [&str; 6] = [
    r#"{"level":"INFO","path":"/a","ms":12.5,"user":{"id":7,"tags":["x","y"]},"ok":true}"#,
    r#"{"level":"ERROR","path":"/b","ms":300,"user":{"id":8}}"#,
    r#"{"level":"INFO","path":"/a","ms":20}"#,
    "panic: user=ann, method:GET, latency := 41",
    r#"{"level":"WARN","path":"/b","ms":100,"ok":false}"#,
    "panic: user=bob, method:PUT, latency := 9",
];

fn ask(language: Language, query: &str, messages: &[&str]) -> Vec<ResultRow> {
    let plan = compile(language, query).unwrap_or_else(|wrong| unreachable!("{query}: {wrong:?}"));
    let mut run = Run::new(Arc::new(plan), None);
    records(messages).into_iter().for_each(|record| run.push(record));
    run.results()
}

/// The result as text, without pointers.
fn told(language: Language, query: &str) -> String {
    let rows = ask(language, query, &REQUESTS);
    let row = |row: &ResultRow| {
        let cells = row.iter().filter(|(name, _)| name != "@ptr").map(|(name, value)| format!("{name}={value}"));
        cells.collect::<Vec<_>>().join(" ")
    };
    rows.iter().map(row).collect::<Vec<_>>().join("; ")
}

fn cwli(query: &str) -> String {
    told(Language::Cwli, query)
}

#[test]
fn what_nobody_asked_otherwise_is_newest_first_with_its_pointer() {
    let rows = ask(Language::Cwli, "filter level = 'WARN'", &REQUESTS);
    let row = [("@timestamp", "2026-03-01 12:00:04.000"), ("@message", REQUESTS[4]), ("@ptr", "p4")];
    assert_eq!(rows, [row.map(|(name, value)| (name.to_owned(), value.to_owned()))]);
    assert_eq!(cwli("fields ms | filter ispresent(ms)"), "ms=100; ms=20; ms=300; ms=12.5");
}

#[test]
fn fields_are_found_in_messages_and_made_by_functions() {
    assert_eq!(cwli("filter user.id = 7 | display user.tags.1, ok"), "user.tags.1=y ok=1");
    let query = "fields concat(toupper(level), '!') as loud, ms * 2 + 1 as twice, strlen(path) as n | filter ms > 99";
    assert_eq!(cwli(query), "loud=WARN! twice=201 n=2; loud=ERROR! twice=601 n=2");
    assert_eq!(
        cwli("filter ms = 300 | display coalesce(none, ms, 1), -ms, 2 ^ 3"),
        "coalesce(none, ms, 1)=300 -ms=-300 2 ^ 3=8"
    );
    assert_eq!(cwli("display @logStream, @log | limit 1"), "@logStream=web/1 @log=111122223333:/ecs/web");
    assert_eq!(cwli("display toMillis(@ingestionTime) - toMillis(@timestamp) as lag | limit 1"), "lag=250");
}

#[test]
fn filters_keep_what_holds() {
    for (filter, kept) in [
        ("ms >= 20 and ms != 300", "100; 20"),
        ("level in ['ERROR', \"WARN\"]", "100; 300"),
        ("level not in ['ERROR', 'WARN']", "20; 12.5"),
        ("@message like /\"level\":\"(WARN|ERROR)\"/", "100; 300"),
        ("@message like 'WARN'", "100"),
        ("@message =~ /WARN/", "100"),
        ("level not like 'INFO'", "100; 300"),
        ("not (level = 'INFO') and ispresent(level)", "100; 300"),
        ("level = 'WARN' or (level = 'INFO' and ms > 15)", "100; 20"),
        ("ok = 1", "12.5"),
        ("@timestamp < 1772366401000", "12.5"),
    ] {
        let kept = kept.split("; ").map(|ms| format!("ms={ms}")).collect::<Vec<_>>().join("; ");
        assert_eq!(cwli(&format!("fields ms | filter {filter}")), kept, "{filter}");
    }
}

#[test]
fn parse_extracts_by_wildcards_and_by_named_groups() {
    let query = "parse @message \"user=*, method:*, latency := *\" as user, method, took | filter ispresent(took) | display user, took";
    assert_eq!(cwli(query), "user=bob took=9; user=ann took=41");
    let query = "parse /method:(?<method>[A-Z]+)/ | filter method = 'GET' | display method";
    assert_eq!(cwli(query), "method=GET");
    assert_eq!(cwli("parse @message 'user=*,' as who | stats max(who)"), "max(who)=bob");
}

#[test]
fn stats_put_rows_together() {
    assert_eq!(
        cwli("stats count(*), count(ms), sum(ms), avg(ms)"),
        "count(*)=6 count(ms)=4 sum(ms)=432.5 avg(ms)=108.125"
    );
    let query =
        "filter ispresent(level) | stats count(*) as n, max(ms) - min(ms) as spread by level | sort n desc, level";
    assert_eq!(cwli(query), "level=INFO n=2 spread=7.5; level=ERROR n=1 spread=0; level=WARN n=1 spread=0");
}

#[test]
fn stats_by_time_and_twice() {
    let query = "stats count(*) by bin(2s) | sort bin(2s) desc | limit 2";
    let wanted = "bin(2s)=2026-03-01 12:00:04.000 count(*)=2; bin(2s)=2026-03-01 12:00:02.000 count(*)=2";
    assert_eq!(cwli(query), wanted);
    let query = "filter ispresent(level) | stats count(*) as n by level | stats max(n) as most, count(*) as levels";
    assert_eq!(cwli(query), "most=2 levels=3");
    let query = "stats pct(ms, 50), count_distinct(path), earliest(path), latest(path), stddev(none) by @logStream";
    let wanted = "@logStream=web/0 pct(ms, 50)=20 count_distinct(path)=2 earliest(path)=/a latest(path)=/b; \
                  @logStream=web/1 pct(ms, 50)=300 count_distinct(path)=1 earliest(path)=/b latest(path)=/b";
    assert_eq!(cwli(query), wanted);
    assert_eq!(cwli("filter ms > 1000000000 | stats count(*)").as_str(), "count(*)=0");
}

#[test]
fn sort_limit_and_dedup() {
    assert_eq!(cwli("fields ms | filter ispresent(ms) | sort ms asc | limit 2"), "ms=12.5; ms=20");
    assert_eq!(cwli("fields path, ms | filter ispresent(ms) | dedup path"), "path=/b ms=100; path=/a ms=20");
    assert_eq!(cwli("fields ms | sort ms desc | dedup level | filter ispresent(level)"), "ms=300; ms=100; ms=20");
    assert_eq!(cwli("# all of them\nfields ms # of a request\n | limit 1 | filter ms = 1"), "");
}

#[test]
fn many_rows_are_not_all_kept_and_the_first_are_right() {
    let messages: Vec<String> = (0..5_000).map(|n| format!(r#"{{"n":{}}}"#, (n * 7_919) % 5_000)).collect();
    let messages: Vec<&str> = messages.iter().map(String::as_str).collect();
    let rows = ask(Language::Cwli, "fields n | sort n desc | limit 3", &messages);
    let numbers: Vec<&str> = rows.iter().map(|row| row[0].1.as_str()).collect();
    assert_eq!(numbers, ["4999", "4998", "4997"]);
    let rows = ask(Language::Cwli, "display @ptr | limit 2", &messages);
    assert_eq!(rows.iter().map(|row| row[0].1.as_str()).collect::<Vec<_>>(), ["p4999", "p4998"]);
}

#[test]
fn what_is_no_query_is_refused_with_its_place() {
    for (query, start, end, part) in [
        ("", 0, 0, "a command"),
        ("fields @message | frobnicate", 18, 28, "no command"),
        ("fields é | filter ~", 18, 19, "unexpected symbol"),
        ("filter ms >", 11, 11, "the query ends"),
        ("filter nosuch(ms)", 7, 13, "no function"),
        ("filter count(*) > 1", 7, 12, "one by one"),
        ("stats sum(count(*))", 10, 15, "one by one"),
        ("filter @message like /(/", 21, 24, "regular expression"),
        ("filter @message like /(?=x)/", 21, 28, "regular expression"),
        ("parse 'a * b *' as x", 6, 15, "2 wildcards"),
        ("limit 100001", 6, 12, "at most"),
        ("stats count(*) by bin(2mo)", 22, 25, "unit of time"),
        ("fields a b", 9, 10, "|"),
        ("fields strlen()", 7, 13, "takes 1"),
    ] {
        let wrong = compile(Language::Cwli, query).unwrap_err();
        assert_eq!((wrong.start, wrong.end), (start, end), "{query}: {wrong:?}");
        assert!(wrong.message.contains(part), "{query}: {wrong:?}");
    }
    let deep = format!("filter {}1{}", "(".repeat(5_000), ")".repeat(5_000));
    assert!(compile(Language::Cwli, &deep).unwrap_err().message.contains("too deep"));
    let deep = format!("filter {}1", "-".repeat(100_000));
    assert!(compile(Language::Cwli, &deep).is_err());
}

fn ppl(query: &str) -> String {
    told(Language::Ppl, query)
}

#[test]
fn ppl_says_the_same_in_its_own_words() {
    assert_eq!(ppl("fields path, ms | where ms >= 100 | sort - ms"), "path=/b ms=300; path=/b ms=100");
    assert_eq!(
        ppl("where level = 'WARN' | fields `@timestamp`, level"),
        "@timestamp=2026-03-01 12:00:04.000 level=WARN"
    );
    let query = "where isnotnull(level) | stats count() as n, avg(ms) by level | sort -n, level | head 2";
    assert_eq!(ppl(query), "n=2 avg(ms)=16.25 level=INFO; n=1 avg(ms)=300 level=ERROR");
    let query = "stats count() as n by span(@timestamp, 4s) as t | sort t";
    assert_eq!(ppl(query), "n=4 t=2026-03-01 12:00:00.000; n=2 t=2026-03-01 12:00:04.000");
    assert_eq!(ppl("where like(path, '/_') and not like(path, '%b') | fields ms | sort ms"), "ms=12.5; ms=20");
    assert_eq!(ppl("dedup path | fields path, ms"), "path=/b ms=100; path=/a ms=20");
    assert_eq!(ppl("parse @message 'user=(?<who>[a-z]+)' | where isnotnull(who) | fields who"), "who=bob; who=ann");
    assert_eq!(ppl("eval twice = ms * 2 | where twice = 40 | fields twice, ms // and no more"), "twice=40 ms=20");
    assert_eq!(ppl("where ms between 20 and 100 and path in ('/a', '/c') | fields ms"), "ms=20");
    let plan = compile(Language::Ppl, "source = [`/a`, `/b`] | head").unwrap();
    assert_eq!(plan.groups, ["/a", "/b"]);
}

fn sql(query: &str) -> String {
    told(Language::Sql, query)
}

#[test]
fn sql_says_the_same_in_its_own_words() {
    assert_eq!(sql("SELECT path, ms FROM `g` WHERE ms >= 100 ORDER BY ms DESC"), "path=/b ms=300; path=/b ms=100");
    let query = "SELECT level AS l, COUNT(*) AS n, AVG(ms) FROM `g` WHERE level IS NOT NULL GROUP BY level \
                 HAVING COUNT(*) < 2 OR level = 'INFO' ORDER BY COUNT(*) DESC, level LIMIT 2";
    assert_eq!(sql(query), "l=INFO n=2 AVG(ms)=16.25; l=ERROR n=1 AVG(ms)=300");
    assert_eq!(
        sql("SELECT COUNT(DISTINCT path), SUM(ms) / COUNT(ms) AS mean FROM `g`"),
        "COUNT(DISTINCT path)=2 mean=108.125"
    );
    let query =
        "select upper(level) from `g` where path like '/_' and level <> 'INFO' /* all */ order by ms -- least first";
    assert_eq!(sql(query), "upper(level)=WARN; upper(level)=ERROR");
    assert_eq!(sql("SELECT \"user.id\" FROM `g` WHERE @message LIKE '%''%' OR user.id IN (7)"), "user.id=7");
    assert_eq!(sql("SELECT ms FROM `g` WHERE path IS NULL OR ms NOT BETWEEN 1 AND 299 ORDER BY ms"), "; ; ms=300");
    let plan = compile(Language::Sql, "SELECT a FROM logGroups(logGroupIdentifier: ['/a', '/b'])").unwrap();
    assert_eq!(plan.groups, ["/a", "/b"]);
}

#[test]
fn what_a_language_lacks_here_is_refused_and_not_guessed() {
    for (language, query) in [
        (Language::Ppl, "fields - ms"),
        (Language::Ppl, "top 3 path"),
        (Language::Ppl, "dedup 2 path"),
        (Language::Ppl, "head 10001"),
        (Language::Ppl, "stats count_distinct(path)"),
        (Language::Ppl, "filter ms > 1"),
        (Language::Ppl, "where strlen(path) > 1"),
        (Language::Ppl, "where ms > 1 fields ms"),
        (Language::Sql, "SELECT * FROM `g`"),
        (Language::Sql, "SELECT DISTINCT path FROM `g`"),
        (Language::Sql, "SELECT path, COUNT(*) FROM `g`"),
        (Language::Sql, "SELECT path FROM `g` GROUP BY path ORDER BY ms"),
        (Language::Sql, "SELECT path FROM `g` GROUP BY path HAVING ms > 1"),
        (Language::Sql, "SELECT ms + COUNT(*) FROM `g` GROUP BY path"),
        (Language::Sql, "SELECT path FROM `g` JOIN `h` ON 1 = 1"),
        (Language::Sql, "SELECT path FROM `g` WHERE COUNT(*) > 1"),
        (Language::Sql, "SELECT CASE WHEN ms > 1 THEN 1 END FROM `g`"),
        (Language::Sql, "SELECT bin(5m) FROM `g`"),
        (Language::Sql, "SELECT path FROM `g`, `h`"),
        (Language::Sql, "fields ms"),
        (Language::Cwli, "stats level by path"),
        (Language::Cwli, "filter like(path, 'a')"),
        (Language::Cwli, "filter path in ('a')"),
        (Language::Cwli, "pattern @message"),
    ] {
        assert!(compile(language, query).is_err(), "{language:?}: {query}");
    }
}

/// Words that queries are made of, and some that break them.
const VOCABULARY: [&str; 58] = [
    "fields",
    "display",
    "filter",
    "where",
    "stats",
    "sort",
    "limit",
    "dedup",
    "parse",
    "head",
    "eval",
    "SELECT",
    "FROM",
    "GROUP",
    "BY",
    "HAVING",
    "ORDER",
    "and",
    "or",
    "not",
    "in",
    "like",
    "is",
    "null",
    "between",
    "as",
    "desc",
    "|",
    "(",
    ")",
    "[",
    "]",
    ",",
    "=",
    "!=",
    "<",
    "+",
    "-",
    "*",
    "/",
    "%",
    "^",
    "ms",
    "level",
    "@message",
    "`g`",
    "'a*'",
    "\"x\"",
    "/(?<k>.)/",
    "7",
    "0.5",
    "5m",
    "count(*)",
    "bin(1s)",
    "concat(ms, 1)",
    "#",
    "~",
    "é",
];

#[test]
fn no_text_breaks_anything() {
    let seed = fastrand::u64(..);
    println!("seed {seed}");
    let mut rng = fastrand::Rng::with_seed(seed);
    let mut understood = 0;
    for _ in 0..20_000 {
        let begin = ["", "fields ms |", "stats count(*) by level |", "SELECT ms FROM `g` WHERE"][rng.usize(..4)];
        let words: Vec<&str> = (0..rng.usize(1..9)).map(|_| VOCABULARY[rng.usize(..VOCABULARY.len())]).collect();
        let query = format!("{begin} {}", words.join(" "));
        for language in [Language::Cwli, Language::Ppl, Language::Sql] {
            match compile(language, &query) {
                Ok(plan) => {
                    let mut run = Run::new(Arc::new(plan), None);
                    records(&REQUESTS).into_iter().for_each(|record| run.push(record));
                    let _ = run.results();
                    understood += 1;
                }
                Err(wrong) => {
                    assert!(wrong.start <= wrong.end && wrong.end <= query.chars().count(), "{query}: {wrong:?}")
                }
            }
        }
    }
    assert!(understood > 100, "only {understood} queries were understood");
}
