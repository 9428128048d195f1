//! Ids of events: 56 digits, in the order of time.

/// Numbers from here on are of events that callers put.
pub(super) const PUT: u64 = 1_000_000_000_000_000_000;

/// What orders the events of a group: time, stream, place among the stream's events of that millisecond.
pub(super) type Place = (i64, u64, u64);

/// The id of the event in a place. AWS documents no more than that it is unique
/// (<https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilteredLogEvent.html>).
pub(super) fn write((at, key, number): Place) -> String {
    format!("3{at:016}{key:020}{number:019}")
}

/// The place that an id is of.
pub(super) fn read(id: &str) -> Option<Place> {
    let digits = id.strip_prefix('3').filter(|rest| rest.len() == 55 && rest.bytes().all(|b| b.is_ascii_digit()))?;
    let (at, rest) = digits.split_at_checked(16)?;
    let (key, number) = rest.split_at_checked(20)?;
    Some((at.parse().ok()?, key.parse().ok()?, number.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_says_where_its_event_is_and_sorts_like_it() {
        let places = [(0, 0, 0), (7, u64::MAX, PUT + 9), (8, 1, 2), (8, 2, 1), (1_795_000_000_000, 3, 4)];
        let ids: Vec<String> = places.iter().map(|place| write(*place)).collect();
        assert!(ids.iter().all(|id| id.len() == 56) && ids.is_sorted());
        assert_eq!(ids.iter().map(|id| read(id)).collect::<Vec<_>>(), places.map(Some));
        assert_eq!([read("3"), read("x"), read(&"9".repeat(56))], [None; 3]);
    }
}
