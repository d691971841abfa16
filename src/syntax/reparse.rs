//! Reuses the parts of a tree that an edit of the text does not change.
//!
//! Statements stand side by side: how one is read depends on its own tokens only. So the statements in front of an edit are kept as they
//! are, those behind it are moved, and only those between are read again. The pass before the parser, which puts in what is missing, always
//! goes over the whole text: a brace that is opened changes what all statements behind it are part of. It shows in the tokens, the
//! last of which must be the same for anything behind the edit to be kept. Statements with errors, and the neighbours of the
//! edit, are read again. In the same way the statements of a `policy` block are kept when the edit is inside of it.

use std::ops::Range;
use std::slice;

use super::ast::{File, Item, ItemKind};
use super::token::{Token, TokenKind};
use super::{Parse, places};
use crate::source::{Span, offset};

/// How many statements may have mistakes: one that is being typed, and the next, which may be reported with it.
const MOST_BROKEN: usize = 2;

/// What is kept.
pub(super) struct Kept<'p> {
    outside: Around<'p>,
    /// What is kept inside of the one block that is between.
    inside: Option<Around<'p>>,
    /// The tokens that are read again.
    between: Vec<Range<usize>>,
    old_length: usize,
    new_length: usize,
}

/// The statements in front of those that are read again, and those behind.
#[derive(Clone, Copy)]
struct Around<'p> {
    front: &'p [Item],
    back: &'p [Item],
}

/// What is the same in two texts.
struct Same<'a> {
    old: &'a [Token],
    /// The number of new tokens.
    new: usize,
    /// How many tokens are the same at the front.
    front: usize,
    /// How many are at the back.
    back: usize,
    /// The places of the first and the last mistake in the old text.
    mistakes: Option<(u32, u32)>,
}

/// What can be kept of a tree for a text with other tokens.
pub(super) fn kept<'p>(before: &'p Parse, old_text: &str, tokens: &[Token], text: &str) -> Kept<'p> {
    let same = Same::of(before, old_text, tokens, text);
    let items = before.file.items.as_slice();
    let (old_length, new_length) = (old_text.len(), text.len());
    // A text that is broken in several places, as one half of which was cut out, is better read as a whole.
    let touched = same.mistakes.map_or(0, |(first, last)| {
        leaves(items).filter(|item| item.span.start <= last && first <= item.span.end).count()
    });
    if touched > MOST_BROKEN {
        let (outside, all) = (Around { front: &[], back: &[] }, 0..tokens.len());
        return Kept { outside, inside: None, between: vec![all], old_length, new_length };
    }
    let (outside, middle) = same.split(items);
    let all = same.ends(outside.front).unwrap_or(0)..same.starts(outside.back).unwrap_or(tokens.len());
    let inner = match middle {
        [Item { kind: ItemKind::Policy { items, .. }, .. }] => items.as_slice(),
        _ => &[],
    };
    let (within, _) = same.split(inner);
    let is_block = || is_one_block(tokens.get(all.clone()).unwrap_or_default());
    if within.front.is_empty() && within.back.is_empty() || !is_block() {
        return Kept { outside, inside: None, between: vec![all], old_length, new_length };
    }
    // The parser is given the block without the statements that are kept of it.
    let front = same
        .ends(within.front)
        .map_or(all.start..all.start, |to| within.front.first().map_or(to, |first| same.old_start(first))..to);
    let back = same.starts(within.back).map_or(all.end..all.end, |from| {
        from..within.back.last().map_or(from, |last| same.new - (same.old.len() - same.old_end(last)))
    });
    let between = vec![all.start..front.start, front.end..back.start, back.end..all.end];
    Kept { outside, inside: Some(within), between, old_length, new_length }
}

/// The statements, those of blocks in place of the blocks.
fn leaves(items: &[Item]) -> impl Iterator<Item = &Item> {
    items.iter().flat_map(|item| match &item.kind {
        ItemKind::Policy { items, .. } => items.as_slice(),
        _ => slice::from_ref(item),
    })
}

/// Whether tokens are those of one `policy` block, from its keyword to its brace.
fn is_one_block(tokens: &[Token]) -> bool {
    let mut depth = 0_usize;
    let last = tokens.iter().position(|token| {
        match token.kind {
            TokenKind::BlockStart | TokenKind::LeftBrace => depth += 1,
            TokenKind::RightBrace => depth = depth.saturating_sub(1),
            _ => return false,
        }
        depth == 0
    });
    tokens.first().is_some_and(|first| first.kind == TokenKind::Policy)
        && last.is_some_and(|last| last + 1 == tokens.len())
}

impl<'a> Same<'a> {
    fn of(before: &'a Parse, old_text: &str, tokens: &[Token], text: &str) -> Self {
        let old = before.structured.as_slice();
        let (old_length, new_length) = (old_text.len(), text.len());
        let same_front = common(old_text.bytes(), text.bytes());
        let most = old_length.min(new_length) - same_front;
        let same_back = common(old_text.bytes().rev(), text.bytes().rev()).min(most);

        // A token counts as the same if the text up to its end is, and a neighbour beyond what is kept is the same, too.
        let is_front = |(one, other): &(&Token, &Token)| one == other && one.end as usize <= same_front;
        let front = old.iter().zip(tokens).take_while(is_front).count().saturating_sub(1);
        let is_back = |(one, other): &(&Token, &Token)| {
            one.kind == other.kind
                && old_length - one.start as usize == new_length - other.start as usize
                && old_length - one.end as usize == new_length - other.end as usize
                && old_length - one.start as usize <= same_back
        };
        let back = old.iter().rev().zip(tokens.iter().rev()).take_while(is_back).count().saturating_sub(1);
        let back = back.min(old.len().min(tokens.len()) - front);

        // Statements that could not be read count as well: nothing is said of one right behind another.
        let unread = leaves(&before.file.items).filter(|item| item.kind == ItemKind::Error);
        let unread = unread.map(|item| (item.span.start, item.span.end));
        let mistakes = before.mistakes.range.into_iter().chain(unread);
        let mistakes = mistakes.reduce(|one, other| (one.0.min(other.0), one.1.max(other.1)));
        Self { old, new: tokens.len(), front, back, mistakes }
    }

    /// What of some statements can be kept, and what is between.
    fn split<'p>(&self, items: &'p [Item]) -> (Around<'p>, &'p [Item]) {
        let stays_in_front = |item: &Item| {
            self.mistakes.is_none_or(|(first, _)| item.span.end < first) && self.old_end(item) <= self.front
        };
        let stays_behind = |item: &Item| {
            self.mistakes.is_none_or(|(_, last)| last < item.span.start)
                && self.old.len() - self.old_start(item) <= self.back
        };
        let front = items.partition_point(stays_in_front);
        let back = items.partition_point(|item| !stays_behind(item)).max(front);
        let part = |range: Range<usize>| items.get(range).unwrap_or_default();
        (Around { front: part(0..front), back: part(back..items.len()) }, part(front..back))
    }

    /// The first token of a statement among the old ones.
    fn old_start(&self, item: &Item) -> usize {
        self.old.partition_point(|token| token.start < item.span.start)
    }

    /// The token behind a statement among the old ones.
    fn old_end(&self, item: &Item) -> usize {
        self.old.partition_point(|token| token.end <= item.span.end)
    }

    /// The token behind the last statement of a front.
    fn ends(&self, front: &[Item]) -> Option<usize> {
        front.last().map(|item| self.old_end(item))
    }

    /// The first token of a back among the new ones.
    fn starts(&self, back: &[Item]) -> Option<usize> {
        back.first().map(|item| self.new - (self.old.len() - self.old_start(item)))
    }
}

fn common(one: impl Iterator<Item = u8>, other: impl Iterator<Item = u8>) -> usize {
    one.zip(other).take_while(|(one, other)| one == other).count()
}

impl Kept<'_> {
    /// The tokens that are read again.
    pub(super) fn between<'t>(&self, tokens: &'t [Token]) -> impl Iterator<Item = &'t Token> {
        self.between.iter().flat_map(|range| tokens.get(range.clone()).unwrap_or_default())
    }

    /// The whole tree, with the statements between; `None` if those are not the block that they were.
    pub(super) fn around(&self, between: File) -> Option<File> {
        let mut between = between.items;
        if let Some(inside) = &self.inside {
            let [Item { kind: ItemKind::Policy { items, .. }, .. }] = between.as_mut_slice() else { return None };
            *items = self.join(inside, std::mem::take(items));
        }
        Some(File { items: self.join(&self.outside, between) })
    }

    fn join(&self, around: &Around<'_>, between: Vec<Item>) -> Vec<Item> {
        let mut items = Vec::with_capacity(around.front.len() + between.len() + around.back.len());
        items.extend_from_slice(around.front);
        items.extend(between);
        let moved = |at: u32| offset((at as usize + self.new_length).saturating_sub(self.old_length));
        items.extend(around.back.iter().map(|item| {
            let mut item = item.clone();
            if self.old_length != self.new_length {
                places::each(&mut item, &mut |span| *span = Span::new(span.file, moved(span.start), moved(span.end)));
            }
            item
        }));
        items
    }
}
