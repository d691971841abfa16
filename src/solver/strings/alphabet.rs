//! Characters in classes: those that no language tells apart need to be tried only once.

use std::collections::BTreeMap;

use hashbrown::HashTable;

use super::automaton::hash;

/// The first number beyond all characters.
const END: u32 = 0x11_0000;
/// The surrogates, which are no characters either.
const GAP: (u32, u32) = (0xD800, 0xE000);
/// The class of the surrogates.
const NONE: u32 = u32::MAX;

/// Ranges of characters, both ends included, sorted and disjoint.
pub(super) type Ranges = Vec<(char, char)>;

/// A division of all characters into classes.
#[derive(Debug)]
pub(super) struct Alphabet {
    /// Where a range starts and which class it belongs to, in ascending order; the first starts at
    /// 0.
    segments: Vec<(u32, u32)>,
    /// One character of each class.
    samples: Vec<char>,
}

impl Alphabet {
    /// The coarsest division in which each set is a union of classes; and for each set its classes,
    /// in ascending order.
    pub(super) fn of(sets: &[Ranges]) -> (Self, Vec<Vec<u32>>) {
        // Where membership in a set changes. The gap is a set of its own, the last one.
        let gap = sets.len();
        let mut changes = vec![(GAP.0, gap), (GAP.1, gap)];
        for (set, ranges) in sets.iter().enumerate() {
            for &(low, high) in ranges {
                changes.push((u32::from(low), set));
                changes.push((u32::from(high) + 1, set));
            }
        }
        changes.sort_unstable();

        let mut alphabet = Self { segments: Vec::new(), samples: Vec::new() };
        let mut classes = vec![Vec::new(); sets.len()];
        let mut known: BTreeMap<Vec<u64>, u32> = BTreeMap::new();
        let mut member = vec![0_u64; gap / 64 + 1];
        let mut changes = changes.into_iter().peekable();
        let mut start = 0;
        while start < END {
            while let Some((_, set)) = changes.next_if(|(at, _)| *at == start) {
                if let Some(word) = member.get_mut(set / 64) {
                    *word ^= 1 << (set % 64);
                }
            }
            let class = match (char::from_u32(start), known.get(&member)) {
                (None, _) => NONE,
                (_, Some(class)) => *class,
                (Some(sample), None) => {
                    let class = u32::try_from(alphabet.samples.len()).unwrap_or(NONE);
                    alphabet.samples.push(sample);
                    for set in bits(&member) {
                        if let Some(classes) = classes.get_mut(set) {
                            classes.push(class);
                        }
                    }
                    known.insert(member.clone(), class);
                    class
                }
            };
            alphabet.segments.push((start, class));
            start = changes.peek().map_or(END, |(at, _)| *at);
        }
        (alphabet, classes)
    }

    /// One character of each class.
    pub(super) fn samples(&self) -> &[char] {
        &self.samples
    }

    /// The class of a character.
    pub(super) fn class_of(&self, char: char) -> u32 {
        let after = self.segments.partition_point(|(start, _)| *start <= u32::from(char));
        after.checked_sub(1).and_then(|at| self.segments.get(at)).map_or(NONE, |(_, class)| *class)
    }

    /// The characters of a class.
    pub(super) fn ranges(&self, class: u32) -> impl Iterator<Item = (char, char)> {
        let ends = self.segments.iter().skip(1).map(|(start, _)| *start).chain([END]);
        let own = self.segments.iter().zip(ends).filter(move |((_, own), _)| *own == class);
        own.filter_map(|((start, _), end)| Some((char::from_u32(*start)?, char::from_u32(end - 1)?)))
    }

    /// The number of segments.
    pub(super) fn size(&self) -> usize {
        self.segments.len()
    }
}

/// The positions of the bits that are set.
fn bits(words: &[u64]) -> impl Iterator<Item = usize> {
    words
        .iter()
        .enumerate()
        .flat_map(|(index, word)| (0..64).filter(move |bit| word & (1 << bit) != 0).map(move |bit| index * 64 + bit))
}

/// Characters that none of several alphabets tells apart.
#[derive(Debug)]
pub(super) struct Joint {
    /// The one that reads best.
    pub(super) sample: char,
    /// How badly it reads; 0 is best.
    pub(super) cost: u8,
    /// The class in each of the alphabets.
    pub(super) parts: Vec<u32>,
}

/// The common refinement of several alphabets, the classes that read best first.
pub(super) fn join(alphabets: &[&Alphabet]) -> Vec<Joint> {
    let mut joints: Vec<Joint> = Vec::new();
    let mut known: HashTable<usize> = HashTable::new();
    let mut places: Vec<_> = alphabets.iter().map(|alphabet| alphabet.segments.iter().peekable()).collect();
    let mut parts = vec![0; alphabets.len()];
    let mut start = 0;
    while start < END {
        let mut end = END;
        for (place, part) in places.iter_mut().zip(&mut parts) {
            while let Some((_, class)) = place.next_if(|(at, _)| *at == start) {
                *part = *class;
            }
            end = end.min(place.peek().map_or(END, |(at, _)| *at));
        }
        // Without alphabets there is only one range. It reaches over the gap, but only its
        // beginning is looked at.
        if start < GAP.0 || GAP.1 <= start {
            let hashed = hash(&parts);
            let same = |index: &usize| joints.get(*index).is_some_and(|joint| joint.parts == parts);
            match known.find(hashed, same).copied().and_then(|index| joints.get_mut(index)) {
                Some(joint) => {
                    if let Some((cost, sample)) = best(start, end, joint.cost)
                        && (cost, order(sample)) < (joint.cost, order(joint.sample))
                    {
                        (joint.cost, joint.sample) = (cost, sample);
                    }
                }
                None => {
                    if let Some((cost, sample)) = best(start, end, u8::MAX) {
                        let index = joints.len();
                        joints.push(Joint { sample, cost, parts: parts.clone() });
                        known.insert_unique(hashed, index, |index| {
                            joints.get(*index).map_or(0, |joint| hash(&joint.parts))
                        });
                    }
                }
            }
        }
        start = end;
    }
    joints.sort_by_key(|joint| (joint.cost, order(joint.sample)));
    joints
}

/// What a letter beyond ASCII costs.
const LETTER: u8 = 4;

/// How badly a character reads in an example.
fn cost(char: char) -> u8 {
    match char {
        'a'..='z' => 0,
        '0'..='9' | 'A'..='Z' => 1,
        ' ' | '-' | '_' | '.' | '/' | ':' | '@' | ',' => 2,
        '!'..='~' => 3,
        '\n' | '\t' => 6,
        // Characters that are not printed as themselves, such as control characters, combining
        // marks and unassigned numbers.
        _ if char.escape_debug().nth(1).is_some() => 7,
        _ if char.is_alphanumeric() => LETTER,
        _ => 5,
    }
}

/// The order of characters that read equally well: digits before capitals, else by number.
const fn order(char: char) -> u32 {
    char as u32
}

/// The character of a range that reads best, and its cost. Beyond ASCII only a few are looked at,
/// and none if nothing there can cost less than `enough`.
fn best(start: u32, end: u32, enough: u8) -> Option<(u8, char)> {
    /// How many characters of a range beyond ASCII are looked at.
    const LOOKED_AT: usize = 64;
    let ascii = (start..end.min(0x80)).filter_map(char::from_u32);
    let beyond = (start.max(0x80)..end).filter_map(char::from_u32);
    // Nothing beyond ASCII costs less than a letter there.
    let beyond = beyond.take(if enough > LETTER { LOOKED_AT } else { 0 });
    ascii.chain(beyond).map(|char| (cost(char), char)).min_by_key(|(cost, char)| (*cost, order(*char)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_are_as_coarse_as_possible() {
        let sets = vec![vec![('a', 'f')], vec![('c', 'z')], vec![('é', 'é'), ('\u{d000}', '\u{ffff}')], vec![]];
        let (alphabet, classes) = Alphabet::of(&sets);
        assert_eq!(alphabet.samples(), ['\0', 'a', 'c', 'g', 'é']);
        assert_eq!(classes, [vec![1, 2], vec![2, 3], vec![4], vec![]]);
    }

    #[test]
    fn the_readable_come_first() {
        let (words, _) = Alphabet::of(&[vec![('a', 'a')], vec![('\n', '\n')]]);
        let (greek, _) = Alphabet::of(&[vec![('α', 'ω')]]);
        let joints = join(&[&words, &greek]);
        let samples: String = joints.iter().map(|joint| joint.sample).collect();
        assert_eq!(samples, "abα\n");
        assert_eq!(join(&[]).iter().map(|joint| joint.sample).collect::<String>(), "a");
    }
}
