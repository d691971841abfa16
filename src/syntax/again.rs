//! What of a tree can be kept when its text is edited.
//!
//! Statements stand side by side: how one is read depends on its own tokens only. So the statements in front of an edit are kept as they
//! are, those behind it are moved, and only those between are read again. The pass before the parser, which puts in what is missing, always
//! goes over the whole text: a brace that is opened changes what all statements behind it are part of. It shows in the tokens, the
//! last of which must be the same for anything behind the edit to be kept. Statements with errors, and the neighbours of the
//! edit, are read again.

use std::ops::Range;

use super::ast::{File, Item, ItemKind};
use super::token::Token;
use super::{Parse, places};
use crate::source::{Span, offset};

/// How many statements may have mistakes: one that is being typed, and the next, which may be reported with it.
const MOST_BROKEN: usize = 2;

/// What is kept.
pub(super) struct Kept<'p> {
    front: &'p [Item],
    /// How many tokens the parser is not given at the front.
    front_tokens: usize,
    back: &'p [Item],
    /// Where the tokens at the back begin.
    back_token: usize,
    old_length: usize,
    new_length: usize,
}

/// What can be kept of a tree for a text with other tokens.
pub(super) fn kept<'p>(before: &'p Parse, old_text: &str, tokens: &[Token], text: &str) -> Kept<'p> {
    let (old, items) = (&before.structured, before.file.items.as_slice());
    let (old_length, new_length) = (old_text.len(), text.len());
    let same_front = common(old_text.bytes(), text.bytes());
    let most = old_length.min(new_length) - same_front;
    let same_back = common(old_text.bytes().rev(), text.bytes().rev()).min(most);

    // A token counts as the same if the text up to its end is, and a neighbour beyond what is kept is the same, too.
    let is_front = |(one, other): &(&Token, &Token)| one == other && one.end as usize <= same_front;
    let front_same = old.iter().zip(tokens).take_while(is_front).count().saturating_sub(1);
    let is_back = |(one, other): &(&Token, &Token)| {
        one.kind == other.kind
            && old_length - one.start as usize == new_length - other.start as usize
            && old_length - one.end as usize == new_length - other.end as usize
            && old_length - one.start as usize <= same_back
    };
    let back_same = old.iter().rev().zip(tokens.iter().rev()).take_while(is_back).count().saturating_sub(1);
    let back_same = back_same.min(old.len().min(tokens.len()) - front_same);

    // Where the first and the last mistake is; what errors speak of beside their own places counts as well, and so do statements that
    // could not be read: nothing is said of one right behind another.
    let said = before
        .errors
        .iter()
        .flat_map(|error| std::iter::once(error.primary.span).chain(error.secondary.iter().map(|label| label.span)));
    let unsaid = items.iter().filter(|item| item.kind == ItemKind::Error).map(|item| item.span);
    let mistakes = said.chain(unsaid).map(|span| (span.start, span.end));
    let mistakes = mistakes.reduce(|one, other| (one.0.min(other.0), one.1.max(other.1)));

    // A text that is broken in several places, as one half of which was cut out, is better read as a whole.
    let touched = mistakes.map_or(0, |(first, last)| {
        items.iter().filter(|item| item.span.start <= last && first <= item.span.end).count()
    });
    if touched > MOST_BROKEN {
        return Kept { front: &[], front_tokens: 0, back: &[], back_token: tokens.len(), old_length, new_length };
    }

    let ends_before = |item: &Item| {
        let count = old.partition_point(|token| token.end <= item.span.end);
        mistakes.is_none_or(|(first, _)| item.span.end < first) && count <= front_same
    };
    let front = items.partition_point(ends_before);
    let starts_after = |item: &Item| {
        let count = old.len() - old.partition_point(|token| token.start < item.span.start);
        mistakes.is_none_or(|(_, last)| last < item.span.start) && count <= back_same
    };
    let back = items.partition_point(|item| !starts_after(item)).max(front);
    let end_of_front = items.get(..front).and_then(<[Item]>::last).map_or(0, |item| item.span.end);
    let front_tokens = match front {
        0 => 0,
        _ => old.partition_point(|token| token.end <= end_of_front),
    };
    let back_tokens =
        items.get(back).map_or(0, |item| old.len() - old.partition_point(|token| token.start < item.span.start));
    Kept {
        front: items.get(..front).unwrap_or_default(),
        front_tokens,
        back: items.get(back..).unwrap_or_default(),
        back_token: tokens.len() - back_tokens,
        old_length,
        new_length,
    }
}

fn common(one: impl Iterator<Item = u8>, other: impl Iterator<Item = u8>) -> usize {
    one.zip(other).take_while(|(one, other)| one == other).count()
}

impl Kept<'_> {
    /// The tokens that are read again.
    pub(super) const fn between(&self) -> Range<usize> {
        self.front_tokens..self.back_token
    }

    /// The whole tree, with the statements between.
    pub(super) fn around(&self, between: File) -> File {
        let mut items = Vec::with_capacity(self.front.len() + between.items.len() + self.back.len());
        items.extend_from_slice(self.front);
        items.extend(between.items);
        let moved = |at: u32| offset((at as usize + self.new_length).saturating_sub(self.old_length));
        items.extend(self.back.iter().map(|item| {
            let mut item = item.clone();
            if self.old_length != self.new_length {
                places::each(&mut item, &mut |span| *span = Span::new(span.file, moved(span.start), moved(span.end)));
            }
            item
        }));
        File { items }
    }
}
