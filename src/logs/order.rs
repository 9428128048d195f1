//! Rows in the order of their keys: a list that is cheap to append to, to insert into and to take rows out of.

/// Where a row stands: its time, then its arrival.
pub(super) type Key = (i64, u64);

/// Rows in a block before it is split.
const BLOCK: usize = 4_096;

/// Ids in the order of their keys, four bytes each. It does not know the keys: whoever asks brings them.
///
/// Ids are kept as their low 32 bits, counted from the oldest one ever added, so an order spans 2³² arrivals.
#[derive(Debug, Clone, Default)]
pub(super) struct Order {
    blocks: Vec<Vec<u32>>,
    base: Option<u64>,
    len: usize,
}

impl Order {
    pub fn len(&self) -> usize {
        self.len
    }

    /// Bytes held, what is reserved included.
    pub fn memory(&self) -> usize {
        let ids: usize = self.blocks.iter().map(Vec::capacity).sum();
        ids * size_of::<u32>() + self.blocks.capacity() * size_of::<Vec<u32>>()
    }

    fn widen(&self, low: u32) -> u64 {
        let base = self.base.unwrap_or_default();
        // A row may be older than the first one added: half of the numbers lie on either side.
        let distance = i64::from(low.wrapping_sub(base as u32) as i32);
        base.wrapping_add_signed(distance)
    }

    pub fn get(&self, position: usize) -> Option<u64> {
        let mut rest = position;
        for block in &self.blocks {
            match block.get(rest) {
                Some(low) => return Some(self.widen(*low)),
                None => rest -= block.len(),
            }
        }
        None
    }

    pub fn iter_from(&self, position: usize) -> impl Iterator<Item = u64> + '_ {
        let mut rest = position;
        let first = self.blocks.iter().position(|block| {
            let here = rest < block.len();
            rest -= if here { 0 } else { block.len() };
            here
        });
        let blocks = self.blocks.get(first.unwrap_or(self.blocks.len())..).unwrap_or_default();
        blocks.iter().flatten().skip(rest).map(|low| self.widen(*low))
    }

    /// How many rows stand before `key`.
    pub fn rank(&self, key: Key, key_of: impl Fn(u64) -> Key) -> usize {
        let (block, inside) = self.place(key, &key_of);
        self.blocks.iter().take(block).map(Vec::len).sum::<usize>() + inside
    }

    /// Block and place in it where `key` stands or would stand.
    fn place(&self, key: Key, key_of: &impl Fn(u64) -> Key) -> (usize, usize) {
        let after = self.blocks.partition_point(|block| block.last().is_some_and(|low| key_of(self.widen(*low)) < key));
        let inside =
            self.blocks.get(after).map_or(0, |block| block.partition_point(|low| key_of(self.widen(*low)) < key));
        (after, inside)
    }

    pub fn insert(&mut self, id: u64, key_of: impl Fn(u64) -> Key) {
        self.insert_run(&[id], key_of);
    }

    /// Adds rows that are sorted by their keys and not there yet.
    pub fn insert_run(&mut self, ids: &[u64], key_of: impl Fn(u64) -> Key) {
        let Some(first) = ids.first() else { return };
        self.base.get_or_insert(*first);
        let mut rest = ids;
        while let Some(first) = rest.first() {
            let (block, inside) = self.place(key_of(*first), &key_of);
            let next = self.blocks.get(block).and_then(|block| block.get(inside)).map(|low| key_of(self.widen(*low)));
            let fits = next.map_or(rest.len(), |next| rest.partition_point(|id| key_of(*id) < next));
            let (run, after) = rest.split_at(fits.max(1));
            self.splice(block, inside, run);
            rest = after;
        }
    }

    fn splice(&mut self, block: usize, inside: usize, run: &[u64]) {
        let run = run.iter().map(|id| *id as u32);
        self.len += run.len();
        // At the start of a block the one before may have room: this is where appending ends up.
        let before = (inside == 0).then(|| block.checked_sub(1)).flatten();
        if let Some(room) = before.and_then(|before| self.blocks.get_mut(before)).filter(|b| b.len() < BLOCK) {
            room.extend(run);
            self.split(block - 1);
        } else if let Some(here) = self.blocks.get_mut(block).filter(|_| inside > 0) {
            here.splice(inside..inside, run);
            self.split(block);
        } else {
            self.blocks.insert(block, run.collect());
            self.split(block);
        }
    }

    /// Cuts a block that has grown too long; the last piece may keep room for more.
    fn split(&mut self, block: usize) {
        let Some(long) = self.blocks.get_mut(block) else { return };
        if long.len() < BLOCK {
            return;
        }
        if long.len() == BLOCK {
            long.shrink_to_fit();
            return;
        }
        let pieces: Vec<Vec<u32>> = long.chunks(BLOCK / 2).map(<[u32]>::to_vec).collect();
        self.blocks.splice(block..=block, pieces);
    }

    /// Takes out the rows that `keep` refuses.
    pub fn retain(&mut self, keep: impl Fn(u64) -> bool) {
        let mut blocks = std::mem::take(&mut self.blocks);
        for block in &mut blocks {
            block.retain(|low| keep(self.widen(*low)));
        }
        blocks.retain(|block| !block.is_empty());
        self.len = blocks.iter().map(Vec::len).sum();
        self.blocks = blocks;
    }
}
