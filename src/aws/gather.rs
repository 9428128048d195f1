//! Reads lists of pages and the details of what they list, as far as they can be read.
//!
//! A batch of details goes out as soon as its page has landed and beside everything else, so that
//! a read takes as many round trips as it has pages and one more. What fails takes down its own
//! rows alone, and is named.

use std::collections::HashSet;
use std::future::Future;

use futures::channel::mpsc;
use futures::stream::{self, Stream, StreamExt};

use super::error::Refusal;
use super::request::Haste;
use crate::fleet::reading::{Failure, FailureKind, Missing};

/// Calls of one read that are out at the same time; the budget is what holds them back before that.
const AT_ONCE: usize = 64;
/// The same where nobody waits: a connection that is still open costs no handshake, and few stay open from one read to the next.
const UNHURRIED: usize = 4;

/// Calls of one read that are out at the same time.
fn at_once(haste: Haste) -> usize {
    match haste {
        Haste::Hurried => AT_ONCE,
        Haste::Unhurried => UNHURRIED,
    }
}

/// What a reader brings: rows with what they lack, or why there are none.
pub(super) type Gathered<T> = Result<(T, Vec<Missing>), Failure>;

/// One page of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Page<T> {
    pub(super) rows: Vec<T>,
    /// Leads to the next page. Empty and absent both mean that there is none.
    pub(super) next: Option<String>,
}

/// What AWS always sends: a list, if only an empty one, or an id. Without it the answer was something else, and says
/// nothing.
///
/// # Errors
/// That it is missing.
pub(super) fn required<T>(part: Option<T>, operation: &str, member: &str) -> Result<T, Refusal> {
    part.ok_or_else(|| Refusal {
        failure: Failure {
            kind: FailureKind::Failed,
            operation: operation.to_owned(),
            message: format!("the answer holds no {member}"),
            hint: Some("whatever answered is not AWS; check the proxy and the endpoint".to_owned()),
            request_id: None,
        },
        code: None,
    })
}

/// Rows as they come in, with what failed on the way.
#[derive(Debug)]
pub(super) struct Harvest<T> {
    pub(super) rows: Vec<T>,
    pub(super) missing: Vec<Missing>,
    /// Whether anything was answered at all, be it with an empty list.
    answered: bool,
}

impl<T> Default for Harvest<T> {
    fn default() -> Self {
        Self { rows: Vec::new(), missing: Vec::new(), answered: false }
    }
}

impl<T> Harvest<T> {
    /// Takes the rows of one answer.
    pub(super) fn land(&mut self, rows: impl IntoIterator<Item = T>) {
        self.rows.extend(rows);
        self.answered = true;
    }

    /// Notes a part that failed.
    pub(super) fn lack(&mut self, what: impl Into<String>, failure: impl Into<Failure>) {
        self.missing.push(Missing { what: what.into(), failure: Some(failure.into()) });
    }

    /// Notes a part that was left out on purpose.
    pub(super) fn spare(&mut self, what: impl Into<String>) {
        self.missing.push(Missing { what: what.into(), failure: None });
    }

    /// Adds what another harvest brought.
    pub(super) fn join(&mut self, other: Self) {
        self.rows.extend(other.rows);
        self.missing.extend(other.missing);
        self.answered |= other.answered;
    }

    /// The rows with what they lack; a failure if something failed and no row came.
    ///
    /// # Errors
    /// The first failure.
    pub(super) fn finish(self) -> Gathered<Vec<T>> {
        match self.missing.iter().find_map(|missing| missing.failure.as_ref()) {
            Some(failure) if self.rows.is_empty() => Err(failure.clone()),
            _ => Ok((self.rows, self.missing)),
        }
    }
}

/// Walks the pages of a list, one after the other, giving each to `land` as it comes.
///
/// A failed page ends the walk: what lies behind it cannot be reached. So does a token that came
/// before, which would lead around for ever.
async fn walk<T, E, F>(noun: &str, fetch: impl Fn(Option<String>) -> F, mut land: impl FnMut(Vec<T>)) -> Vec<Missing>
where
    E: Into<Failure>,
    F: Future<Output = Result<Page<T>, E>>,
{
    let mut seen = HashSet::new();
    let mut count = 0;
    let mut token = None;
    loop {
        let after = if count == 0 { noun.to_owned() } else { format!("{noun} after the first {count}") };
        let page = match fetch(token).await {
            Ok(page) => page,
            Err(error) => return vec![Missing { what: after, failure: Some(error.into()) }],
        };
        count += page.rows.len();
        land(page.rows);
        token = page.next.filter(|token| !token.is_empty());
        match &token {
            None => return Vec::new(),
            Some(next) if !seen.insert(next.clone()) => {
                return vec![Missing {
                    what: format!("{noun} after the first {count}"),
                    failure: Some(repeated_token(noun)),
                }];
            }
            Some(_) => {}
        }
    }
}

fn repeated_token(noun: &str) -> Failure {
    Failure {
        kind: FailureKind::Failed,
        operation: format!("list {noun}"),
        message: "the same page token came twice".to_owned(),
        hint: None,
        request_id: None,
    }
}

/// Every page of a list.
pub(super) async fn all_pages<T, E, F>(noun: &str, fetch: impl Fn(Option<String>) -> F) -> Harvest<T>
where
    E: Into<Failure>,
    F: Future<Output = Result<Page<T>, E>>,
{
    let mut harvest = Harvest::default();
    let missing = walk(noun, fetch, |rows| harvest.land(rows)).await;
    harvest.missing = missing;
    harvest
}

/// Lists ids and describes them, each page's in batches of at most `size` as soon as it has landed.
/// An id that is listed twice is described once.
pub(super) async fn list_and_describe<T, E, L, D>(
    noun: &str,
    size: usize,
    list: impl Fn(Option<String>) -> L,
    describe: impl Fn(Vec<String>) -> D,
) -> Harvest<T>
where
    E: Into<Failure>,
    L: Future<Output = Result<Page<String>, E>>,
    D: Future<Output = Result<Harvest<T>, E>>,
{
    let (sender, batches) = mpsc::unbounded();
    let mut seen = HashSet::new();
    let mut from = 1;
    let listing = walk(noun, list, move |ids| {
        let fresh: Vec<String> = ids.into_iter().filter(|id| seen.insert(id.clone())).collect();
        for batch in fresh.chunks(size.max(1)) {
            // The receiver lives as long as this walk does.
            let _ = sender.unbounded_send((Range { from, count: batch.len() }, batch.to_vec()));
            from += batch.len();
        }
    });
    let (lost, mut harvest) = futures::join!(listing, describe_all(noun, batches, AT_ONCE, describe));
    harvest.answered = true;
    harvest.missing.extend(lost);
    harvest
}

/// Describes `items` in batches of at most `size`, all batches beside each other.
pub(super) async fn in_batches<I, T, E, D>(
    noun: &str,
    items: &[I],
    size: usize,
    describe: impl Fn(Vec<I>) -> D,
) -> Harvest<T>
where
    I: Clone,
    E: Into<Failure>,
    D: Future<Output = Result<Harvest<T>, E>>,
{
    in_batches_with(Haste::Hurried, noun, items, size, describe).await
}

/// The same in the order of `items`, with so much haste.
pub(super) async fn in_batches_with<I, T, E, D>(
    haste: Haste,
    noun: &str,
    items: &[I],
    size: usize,
    describe: impl Fn(Vec<I>) -> D,
) -> Harvest<T>
where
    I: Clone,
    E: Into<Failure>,
    D: Future<Output = Result<Harvest<T>, E>>,
{
    let size = size.max(1);
    let batches: Vec<(Range, Vec<I>)> = items
        .chunks(size)
        .enumerate()
        .map(|(number, batch)| (Range { from: number * size + 1, count: batch.len() }, batch.to_vec()))
        .collect();
    describe_all(noun, stream::iter(batches), at_once(haste), describe).await
}

/// Positions in a list, counted from 1 as people do.
#[derive(Debug, Clone, Copy)]
struct Range {
    from: usize,
    count: usize,
}

impl Range {
    fn of(self, noun: &str) -> String {
        match self.count {
            1 => format!("{noun} {}", self.from),
            count => format!("{noun} {}–{}", self.from, self.from + count - 1),
        }
    }
}

async fn describe_all<I, T, E, D>(
    noun: &str,
    batches: impl Stream<Item = (Range, Vec<I>)>,
    at_once: usize,
    describe: impl Fn(Vec<I>) -> D,
) -> Harvest<T>
where
    E: Into<Failure>,
    D: Future<Output = Result<Harvest<T>, E>>,
{
    let answers = batches.map(|(range, batch)| {
        let answer = describe(batch);
        async move { (range, answer.await) }
    });
    let mut answers: Vec<_> = answers.buffer_unordered(at_once).collect().await;
    // They come in any order; whoever compares two reads wants the order of the list.
    answers.sort_by_key(|(range, _)| range.from);
    let mut harvest = Harvest::default();
    for (range, answer) in answers {
        match answer {
            Ok(batch) => harvest.join(batch),
            Err(error) => harvest.lack(range.of(noun), error),
        }
    }
    harvest
}

/// Keeps the first of the rows that have the same key, in their order.
pub(super) fn without_repeats<T>(rows: &mut Vec<T>, key: impl Fn(&T) -> &str) {
    let mut seen = HashSet::new();
    rows.retain(|row| seen.insert(key(row).to_owned()));
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
mod tests {
    use std::sync::Mutex;

    use super::*;

    fn failure(message: &str) -> Failure {
        Failure {
            kind: FailureKind::Failed,
            operation: "t:Test".to_owned(),
            message: message.to_owned(),
            hint: None,
            request_id: None,
        }
    }

    /// A list of `total` ids in pages of 100, tokens as numbers.
    async fn page_of(total: usize, token: Option<String>) -> Result<Page<String>, Failure> {
        let from: usize = token.map_or(0, |token| token.parse().unwrap());
        let to = total.min(from + 100);
        let next = (to < total).then(|| to.to_string());
        Ok(Page { rows: (from..to).map(|n| n.to_string()).collect(), next })
    }

    async fn described(ids: Vec<String>) -> Result<Harvest<String>, Failure> {
        let mut harvest = Harvest::default();
        harvest.land(ids);
        Ok(harvest)
    }

    #[tokio::test]
    async fn every_page_is_read_and_described() {
        for (total, batches) in [(0, 0), (1, 1), (10, 1), (11, 2), (100, 10), (101, 11), (1_234, 124)] {
            let calls = Mutex::new(0);
            let describe = |ids: Vec<String>| {
                *calls.lock().unwrap() += 1;
                described(ids)
            };
            let harvest = list_and_describe("things", 10, |token| page_of(total, token), describe).await;
            let (rows, missing) = harvest.finish().unwrap();
            assert_eq!(rows, (0..total).map(|n| n.to_string()).collect::<Vec<_>>());
            assert_eq!(missing, []);
            assert_eq!(*calls.lock().unwrap(), batches);
        }
    }

    #[tokio::test]
    async fn where_nobody_waits_few_calls_are_out_at_once() {
        let items: Vec<usize> = (0..30).collect();
        for (haste, most) in [(Haste::Hurried, 30), (Haste::Unhurried, 4)] {
            let (out, peak) = (Mutex::new(0), Mutex::new(0));
            let describe = |ids: Vec<usize>| async {
                *out.lock().unwrap() += 1;
                let now = *out.lock().unwrap();
                let highest = (*peak.lock().unwrap()).max(now);
                *peak.lock().unwrap() = highest;
                tokio::task::yield_now().await;
                *out.lock().unwrap() -= 1;
                let mut harvest = Harvest::default();
                harvest.land(ids);
                Ok::<_, Failure>(harvest)
            };
            let harvest = in_batches_with(haste, "things", &items, 1, describe).await;
            assert_eq!((harvest.finish().unwrap().0, *peak.lock().unwrap()), (items.clone(), most), "{haste:?}");
        }
    }

    #[tokio::test]
    async fn a_failed_batch_costs_its_own_rows() {
        let describe = |ids: Vec<String>| async {
            if ids.contains(&"15".to_owned()) { Err(failure("no")) } else { described(ids).await }
        };
        let harvest = list_and_describe("services", 10, |token| page_of(101, token), describe).await;
        let (rows, missing) = harvest.finish().unwrap();
        assert_eq!(rows.len(), 91);
        assert_eq!(missing, [Missing { what: "services 11–20".to_owned(), failure: Some(failure("no")) }]);
    }

    #[tokio::test]
    async fn a_failed_page_ends_the_list_and_keeps_what_came_before() {
        let list = |token: Option<String>| async move {
            if token.as_deref() == Some("100") { Err(failure("no")) } else { page_of(250, token).await }
        };
        let (rows, missing) = list_and_describe("tasks", 100, list, described).await.finish().unwrap();
        assert_eq!(rows.len(), 100);
        assert_eq!(missing, [Missing { what: "tasks after the first 100".to_owned(), failure: Some(failure("no")) }]);
    }

    #[tokio::test]
    async fn nothing_read_at_all_is_a_failure_and_an_empty_list_is_not() {
        let list = |_| async { Err::<Page<String>, _>(failure("denied")) };
        assert_eq!(list_and_describe("tasks", 100, list, described).await.finish(), Err(failure("denied")));
        let describe = |_| async { Err::<Harvest<String>, _>(failure("denied")) };
        let refused = list_and_describe("tasks", 100, |token| page_of(300, token), describe).await;
        assert_eq!(refused.finish(), Err(failure("denied")));
        let empty = list_and_describe("tasks", 100, |token| page_of(0, token), described).await;
        assert_eq!(empty.finish(), Ok((Vec::new(), Vec::new())));
    }

    #[tokio::test]
    async fn a_token_that_comes_twice_ends_the_walk() {
        let around = |token: Option<String>| async move {
            let next = if token.as_deref() == Some("a") { "b" } else { "a" };
            Ok::<_, Failure>(Page { rows: vec![next.to_owned()], next: Some(next.to_owned()) })
        };
        let harvest = all_pages("alarms", around).await;
        assert_eq!(harvest.rows, ["a", "b", "a"]);
        assert_eq!(harvest.missing.len(), 1);
        assert_eq!(harvest.missing[0].what, "alarms after the first 3");
        assert_eq!(harvest.missing[0].failure.as_ref().unwrap().message, "the same page token came twice");
    }

    #[tokio::test]
    async fn empty_pages_are_walked_through_and_empty_tokens_end_the_walk() {
        let sparse = |token: Option<String>| async move {
            let at: usize = token.map_or(0, |token| token.parse().unwrap());
            let rows = if at == 3 { vec![at] } else { Vec::new() };
            Ok::<_, Failure>(Page { rows, next: Some(if at < 3 { (at + 1).to_string() } else { String::new() }) })
        };
        let harvest = all_pages("logs", sparse).await;
        assert_eq!(harvest.rows, [3]);
        assert_eq!(harvest.missing, []);
    }

    #[tokio::test]
    async fn an_id_that_is_listed_twice_is_described_once() {
        let list =
            |_| async { Ok::<_, Failure>(Page { rows: ["a", "b", "a"].map(str::to_owned).to_vec(), next: None }) };
        let (rows, _) = list_and_describe("things", 10, list, described).await.finish().unwrap();
        assert_eq!(rows, ["a", "b"]);
    }

    #[tokio::test]
    async fn a_batch_goes_out_before_the_next_page_is_there() {
        let log = Mutex::new(Vec::new());
        let list = |token: Option<String>| {
            log.lock().unwrap().push(format!("list {token:?}"));
            async {
                tokio::task::yield_now().await;
                page_of(200, token).await
            }
        };
        let describe = |ids: Vec<String>| {
            log.lock().unwrap().push(format!("describe {}", ids[0]));
            async {
                // The second page is on its way while the first batch is.
                tokio::task::yield_now().await;
                described(ids).await
            }
        };
        list_and_describe("things", 100, list, describe).await.finish().unwrap();
        assert_eq!(*log.lock().unwrap(), ["list None", "list Some(\"100\")", "describe 0", "describe 100"]);
    }
}
