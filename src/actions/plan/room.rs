//! Tasks placed in thought on what the instances have left.

use crate::fleet::policy::{Demand, Evidence, Space};

/// Which task goes first, and which of the instances that would take it does. ECS goes by each service's strategy and by what happens to be
/// next, so the extremes are tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    /// The largest task, to the one with the least memory left, as binpack does.
    Fullest,
    /// The largest task, to the one with the most memory left, much as spread does.
    Emptiest,
    /// The smallest task, to the one with the most memory left.
    SmallestFirst,
}

/// How many of each demand's tasks find a place: `(demand, tasks)` in, placed tasks out, by position.
pub(super) fn place<'a>(
    evidence: &Evidence<'_>,
    spaces: &mut [Space<'a>],
    asked: &[(&Demand<'a>, usize)],
    order: Order,
) -> Vec<usize> {
    let mut turns: Vec<usize> = (0..asked.len()).collect();
    let size = |at: &usize| {
        let definition = asked.get(*at).map(|(demand, _)| demand.definition);
        definition.map(|one| (one.reserved_memory(), one.reserved_cpu()))
    };
    turns.sort_by_key(size);
    if order != Order::SmallestFirst {
        turns.reverse();
    }
    let mut placed = vec![0; asked.len()];
    for at in turns {
        let (Some((demand, tasks)), Some(count)) = (asked.get(at), placed.get_mut(at)) else { continue };
        while *count < *tasks && put(evidence, spaces, demand, order) {
            *count += 1;
        }
    }
    placed
}

fn put<'a>(evidence: &Evidence<'_>, spaces: &mut [Space<'a>], demand: &Demand<'a>, order: Order) -> bool {
    let willing = spaces.iter_mut().filter(|space| space.lacks(evidence, demand).is_empty());
    let memory = |space: &&mut Space<'a>| space.free().1;
    let chosen = match order {
        Order::Fullest => willing.min_by_key(memory),
        Order::Emptiest | Order::SmallestFirst => willing.max_by_key(memory),
    };
    let Some(space) = chosen else { return false };
    space.take(demand);
    true
}
