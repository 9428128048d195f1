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
    // As many instances as there are tasks are enough: each task takes something of one alone.
    let enough = asked.iter().map(|(_, tasks)| tasks).sum();
    let mut placed = vec![0; asked.len()];
    for at in turns {
        let (Some((demand, tasks)), Some(count)) = (asked.get(at), placed.get_mut(at)) else { continue };
        let takes = |space: &Space<'_>| space.takes(evidence, demand);
        let mut willing: Vec<&mut Space<'a>> = spaces.iter_mut().filter(|space| takes(space)).take(enough).collect();
        while *count < *tasks {
            let numbered = willing.iter().enumerate().map(|(number, space)| (space.free().1, number));
            let chosen = match order {
                Order::Fullest => numbered.min(),
                Order::Emptiest | Order::SmallestFirst => numbered.max(),
            };
            let Some((_, number)) = chosen else { break };
            if let Some(space) = willing.get_mut(number) {
                space.take(demand);
                *count += 1;
            }
            if !willing.get(number).is_some_and(|space| takes(space)) {
                willing.swap_remove(number);
            }
        }
    }
    placed
}
