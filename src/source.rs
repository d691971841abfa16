//! Source files, byte spans, and the translation of offsets to lines and columns.
//!
//! A [`SourceMap`] owns every text that a diagnostic may point into: policies, imported policies and
//! catalogues. Everything else refers to a place by [`Span`], which is small and `Copy`.

mod index;

use std::sync::{Arc, OnceLock};

pub use index::{LineIndex, Units, floor};

/// Index of a file in a [`SourceMap`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct FileId(pub u32);

/// A half-open range of bytes in one file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Span {
    /// The file the offsets count in.
    pub file: FileId,
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Span {
    /// The span `start..end` of `file`.
    #[must_use]
    pub const fn new(file: FileId, start: u32, end: u32) -> Self {
        Self { file, start, end }
    }

    /// The smallest span that covers `self` and `other`, which must be of one file.
    #[must_use]
    pub fn to(self, other: Self) -> Self {
        Self { file: self.file, start: self.start.min(other.start), end: self.end.max(other.end) }
    }

    /// The empty span at the start of `self`.
    #[must_use]
    pub const fn at_start(self) -> Self {
        Self { end: self.start, ..self }
    }

    /// The empty span at the end of `self`.
    #[must_use]
    pub const fn at_end(self) -> Self {
        Self { start: self.end, ..self }
    }

    /// The bytes as a range, for slicing with `str::get`.
    #[must_use]
    pub const fn range(self) -> std::ops::Range<usize> {
        self.start as usize..self.end as usize
    }
}

/// A place as people count it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// Line, from 1.
    pub line: u32,
    /// Column in Unicode scalar values, from 1.
    pub column: u32,
}

/// One text with its name.
#[derive(Debug)]
pub struct SourceFile {
    name: String,
    text: Arc<String>,
    lines: OnceLock<LineIndex>,
}

impl SourceFile {
    /// The name as it is shown to people: a path, or `<stdin>`.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The text.
    #[must_use]
    pub fn text(&self) -> &Arc<String> {
        &self.text
    }

    /// The line index, computed when first asked for.
    pub fn lines(&self) -> &LineIndex {
        self.lines.get_or_init(|| LineIndex::new(&self.text))
    }

    /// Line and column of a byte offset. An offset past the end counts as the end, one inside a character as its start.
    #[must_use]
    pub fn position(&self, at: u32) -> Position {
        let (line, column) = self.lines().place(&self.text, at, Units::Utf32);
        Position { line: line + 1, column: column + 1 }
    }
}

/// All texts of one run, in the order they were added.
#[derive(Debug, Clone, Default)]
pub struct SourceMap {
    files: Vec<Arc<SourceFile>>,
}

impl SourceMap {
    /// Adds a text and gives it an id.
    pub fn add(&mut self, name: impl Into<String>, text: impl Into<String>) -> FileId {
        self.add_shared(Arc::new(SourceFile { name: name.into(), text: Arc::new(text.into()), lines: OnceLock::new() }))
    }

    /// Adds a file that other maps have, too.
    pub fn add_shared(&mut self, file: Arc<SourceFile>) -> FileId {
        let id = self.next_id();
        self.files.push(file);
        id
    }

    /// The id of the file that is added next.
    #[must_use]
    pub fn next_id(&self) -> FileId {
        FileId(offset(self.files.len()))
    }

    /// The file with this id, for another map.
    #[must_use]
    pub fn share(&self, id: FileId) -> Option<Arc<SourceFile>> {
        self.files.get(id.0 as usize).cloned()
    }

    /// The file with this id. An id of another map gives `None`.
    #[must_use]
    pub fn get(&self, id: FileId) -> Option<&SourceFile> {
        self.files.get(id.0 as usize).map(Arc::as_ref)
    }

    /// The text under a span; empty when the span lies outside the text.
    #[must_use]
    pub fn slice(&self, span: Span) -> &str {
        self.get(span.file).and_then(|file| file.text.get(span.range())).unwrap_or_default()
    }

    /// Where a span starts and ends, as bytes and as people count. In a file of another map every offset is at the beginning.
    #[must_use]
    pub fn bounds(&self, span: Span) -> [(u32, Position); 2] {
        [span.start, span.end].map(|at| (at, self.position(span.file, at)))
    }

    /// Line and column of a byte offset; the beginning for a file of another map.
    #[must_use]
    pub fn position(&self, file: FileId, at: u32) -> Position {
        self.get(file).map_or(Position { line: 1, column: 1 }, |file| file.position(at))
    }

    /// The name of a file; empty for an id of another map.
    #[must_use]
    pub fn name(&self, id: FileId) -> &str {
        self.get(id).map_or("", SourceFile::name)
    }

    /// The names of all files, in the order they were added.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.files.iter().map(|file| file.name())
    }

    /// Forgets the texts of all other files, which keep their ids and names: for whoever keeps findings about many files.
    pub fn keep_texts(&mut self, wanted: &dyn Fn(FileId) -> bool) {
        for (index, file) in self.files.iter_mut().enumerate() {
            if !wanted(FileId(offset(index))) {
                let name = file.name.clone();
                *file = Arc::new(SourceFile { name, text: Arc::default(), lines: OnceLock::new() });
            }
        }
    }

    /// The line, from 1, on which a span starts.
    #[must_use]
    pub fn line(&self, span: Span) -> u32 {
        self.get(span.file).map_or(0, |file| file.lines().line(span.start) + 1)
    }
}

/// An offset or count as `u32`. Texts of 4 GiB and more are refused when they are read, so that nothing is cut here.
#[must_use]
pub fn offset(value: usize) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}
