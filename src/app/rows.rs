//! What a table has to know of every row: worked out once for each edition of the fleet, whatever the order and the filter.

use unicode_width::UnicodeWidthStr;

use super::cell::SortKey;
use super::listing::{Ctx, Listing};
use crate::fleet::finding::Severity;

/// What is known of the rows of one edition, by their numbers.
#[derive(Debug, Clone, Default)]
pub(super) struct Rows {
    /// Their keys.
    pub keys: Vec<String>,
    /// How bad it is for each of them.
    pub severities: Vec<Option<Severity>>,
    /// Columns of the terminal that the longest name takes; 0 where every name takes the same.
    pub name_width: usize,
}

impl Rows {
    pub(super) fn of(listing: &Listing, ctx: &Ctx<'_>) -> Self {
        let length = (listing.len)(ctx);
        // The first column names the rows.
        let names = listing.columns.first().filter(|column| column.min < column.max);
        let width = |row| names.map_or(0, |column| (column.cell)(ctx, row).words().width());
        Self {
            keys: (0..length).map(|row| (listing.key)(ctx, row)).collect(),
            severities: (listing.severities)(ctx),
            name_width: (0..length).map(width).max().unwrap_or(0),
        }
    }

    /// How bad it is for a row.
    pub(super) fn severity(&self, row: usize) -> Option<Severity> {
        self.severities.get(row).copied().flatten()
    }
}

/// Orders rows by their keys, those without one last whichever way the order runs, and equal ones by their numbers.
pub(super) fn arrange(order: &mut [usize], descending: bool, key: impl Fn(usize) -> SortKey) {
    let keys: Vec<SortKey> = order.iter().map(|row| key(*row)).collect();
    // Most comparisons are decided by what stands beside the position, without a look at the text behind it.
    let mut positions: Vec<((u8, u64), usize)> =
        keys.iter().enumerate().map(|(position, key)| (key.lead(), position)).collect();
    positions.sort_unstable_by(|(a_lead, a), (b_lead, b)| {
        let (a_key, b_key) = (keys.get(*a), keys.get(*b));
        let missing = |key: Option<&SortKey>| key == Some(&SortKey::Missing);
        let by_key = a_lead.cmp(b_lead).then_with(|| a_key.cmp(&b_key));
        let by_key = if descending { by_key.reverse() } else { by_key };
        missing(a_key).cmp(&missing(b_key)).then(by_key).then_with(|| order.get(*a).cmp(&order.get(*b)))
    });
    let arranged: Vec<usize> = positions.iter().filter_map(|(_, position)| order.get(*position).copied()).collect();
    order.copy_from_slice(&arranged);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_come_in_the_order_of_their_keys() {
        let seed = fastrand::u64(..);
        let mut random = fastrand::Rng::with_seed(seed);
        let texts = ["", "a", "ab", "abcdefgh", "abcdefghi", "abcdefghj", "ü", "\u{10FFFF}"];
        for _ in 0..200 {
            let keys: Vec<SortKey> = (0..random.usize(0..60))
                .map(|_| match random.u8(0..3) {
                    0 => SortKey::Number(random.i64(-3..3)),
                    1 => SortKey::Text(random.choice(texts).unwrap_or_default().to_owned()),
                    _ => SortKey::Missing,
                })
                .collect();
            for descending in [false, true] {
                let mut order: Vec<usize> = (0..keys.len()).collect();
                random.shuffle(&mut order);
                let mut expected = order.clone();
                expected.sort_by(|a, b| {
                    let by_key = if descending { keys[*b].cmp(&keys[*a]) } else { keys[*a].cmp(&keys[*b]) };
                    let missing = (keys[*a] == SortKey::Missing).cmp(&(keys[*b] == SortKey::Missing));
                    missing.then(by_key).then(a.cmp(b))
                });
                arrange(&mut order, descending, |row| keys[row].clone());
                assert_eq!(order, expected, "seed {seed}");
            }
        }
    }
}
