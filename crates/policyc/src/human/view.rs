//! The few lines of source that one finding shows, made safe to print.
//!
//! miette looks for a place by reading a text from its beginning, which makes many findings in one file cost
//! quadratic time, and prints lines whole, of which a catalogue may have one of 8 MB. It therefore gets a
//! [`View`]: a small text of its own that holds only the lines in question, clipped and with control characters
//! made visible, and the labels moved there. A view may hold lines of several files; each stretch of neighbouring
//! lines of one file becomes a snippet with the file's name.

use std::collections::BTreeMap;
use std::fmt::Debug;

use miette::{LabeledSpan, MietteError, MietteSpanContents, SourceCode, SourceSpan, SpanContents};

use policyc_core::diagnostics::{Diagnostic, Label, push_visible, visible};
use policyc_core::source::{FileId, Position, SourceFile, SourceMap, floor, offset};

/// A place that runs over more lines than this is shown by its first line.
const MOST_LINES: u32 = 10;
/// Lines shown before and after the ones that a label is on.
const CONTEXT: u32 = 1;
/// How far from the start of a clipped line a label is put: one part in so many.
const LEAD: usize = 4;

/// The lines that one finding shows.
#[derive(Debug, Default)]
pub(super) struct View {
    text: String,
    lines: Vec<Line>,
    labels: Vec<LabeledSpan>,
    /// Where the labels stand in their files, by place in the view.
    origins: Vec<(usize, Position)>,
}

#[derive(Debug)]
struct Line {
    file: FileId,
    name: String,
    /// Counted from 0.
    number: u32,
    /// Place in the view, with the newline that every line of a view ends with.
    start: usize,
    end: usize,
}

impl View {
    /// Collects the lines for the places of a finding. Lines are cut to about `width` characters.
    pub(super) fn new(diagnostic: &Diagnostic, sources: &SourceMap, width: usize) -> Self {
        let mut view = Self::default();
        let labels = || std::iter::once(&diagnostic.primary).chain(&diagnostic.secondary);
        let mut seen: Vec<FileId> = Vec::new();
        for id in labels().map(|label| label.span.file) {
            if seen.contains(&id) {
                continue;
            }
            seen.push(id);
            if let Some(file) = sources.get(id) {
                let labels: Vec<Mark<'_>> = labels()
                    .filter(|label| label.span.file == id)
                    .map(|label| Mark::new(label, std::ptr::eq(label, &raw const diagnostic.primary), file))
                    .collect();
                view.add_file(id, file, &labels, width);
            }
        }
        view
    }

    /// The labels, with places in the view.
    pub(super) fn labels(&self) -> &[LabeledSpan] {
        &self.labels
    }

    fn add_file(&mut self, id: FileId, file: &SourceFile, marks: &[Mark<'_>], width: usize) {
        // Each line with the place on it that must stay in sight.
        let mut wanted: BTreeMap<u32, Option<u32>> = BTreeMap::new();
        for mark in marks {
            for line in mark.first_line.saturating_sub(CONTEXT)..=mark.last_line.saturating_add(CONTEXT) {
                let labelled = (mark.first_line..=mark.last_line).contains(&line);
                if labelled || has_text(file, line) {
                    wanted.entry(line).or_default();
                }
            }
            for (line, at) in [(mark.last_line, mark.end), (mark.first_line, mark.start)] {
                let focus = wanted.entry(line).or_default();
                *focus = Some(focus.map_or(at, |focus| focus.min(at)));
            }
        }
        let mut moved: Vec<(u32, usize)> = Vec::new();
        for (line, focus) in wanted {
            self.add_line(id, file, line, focus, width, &mut moved);
        }
        for mark in marks {
            let start = moved_to(&moved, mark.start);
            let end = moved_to(&moved, mark.end).max(start);
            let text = (!mark.label.text.is_empty()).then(|| visible(&mark.label.text).into_owned());
            self.origins.push((start, file.position(mark.label.span.start)));
            let span = SourceSpan::from(start..end);
            self.labels.push(if mark.primary {
                LabeledSpan::new_primary_with_span(text, span)
            } else {
                LabeledSpan::new_with_span(text, span)
            });
        }
    }

    /// Appends a line, clipped around `focus`, and notes for each character where it went.
    fn add_line(
        &mut self,
        id: FileId,
        file: &SourceFile,
        number: u32,
        focus: Option<u32>,
        width: usize,
        moved: &mut Vec<(u32, usize)>,
    ) {
        let (line_start, line_end) = bounds(file, number);
        let text = file.text();
        let (from, to) = window(text, (line_start, line_end), focus.unwrap_or(line_start), width);
        let start = self.text.len();
        if from > line_start {
            moved.push((line_start, start));
            self.text.push('…');
        }
        let shown = text.get(from as usize..to as usize).unwrap_or_default();
        for (at, char) in shown.char_indices() {
            moved.push((from + offset(at), self.text.len()));
            if char == '\t' {
                self.text.push(char);
            } else {
                push_visible(&mut self.text, char);
            }
        }
        moved.push((to, self.text.len()));
        if to < line_end {
            self.text.push('…');
            moved.push((line_end, self.text.len()));
        }
        self.text.push('\n');
        let name = visible(file.name()).into_owned();
        self.lines.push(Line { file: id, name, number, start, end: self.text.len() });
    }

    fn line_at(&self, at: usize) -> Option<usize> {
        self.lines.partition_point(|line| line.start <= at).checked_sub(1)
    }

    fn follows(&self, index: usize) -> bool {
        match (index.checked_sub(1).and_then(|before| self.lines.get(before)), self.lines.get(index)) {
            (Some(before), Some(line)) => before.file == line.file && before.number + 1 == line.number,
            _ => false,
        }
    }
}

impl SourceCode for View {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        before: usize,
        after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let mut first = self.line_at(span.offset()).ok_or(MietteError::OutOfBounds)?;
        let mut last = self.line_at(span.offset() + span.len().saturating_sub(1)).ok_or(MietteError::OutOfBounds)?;
        if (first + 1..=last).any(|index| !self.follows(index)) {
            return Err(MietteError::OutOfBounds);
        }
        for _ in 0..before {
            first -= usize::from(self.follows(first));
        }
        for _ in 0..after {
            last += usize::from(self.follows(last + 1));
        }
        let (Some(from), Some(to)) = (self.lines.get(first), self.lines.get(last)) else {
            return Err(MietteError::OutOfBounds);
        };
        // Without context, miette asks for the place to name above the snippet.
        let origin = self.origins.iter().find(|(at, _)| before == 0 && *at == span.offset());
        let (line, column) = origin.map_or((from.number as usize, 0), |(_, position)| {
            (position.line.saturating_sub(1) as usize, position.column.saturating_sub(1) as usize)
        });
        let data = self.text.get(from.start..to.end).unwrap_or_default().as_bytes();
        let span = SourceSpan::from(from.start..to.end);
        Ok(Box::new(MietteSpanContents::new_named(from.name.clone(), data, span, line, column, last - first + 1)))
    }
}

/// A label with the lines that it is shown on.
struct Mark<'a> {
    label: &'a Label,
    primary: bool,
    start: u32,
    end: u32,
    first_line: u32,
    last_line: u32,
}

impl<'a> Mark<'a> {
    fn new(label: &'a Label, primary: bool, file: &SourceFile) -> Self {
        let start = floor(file.text(), label.span.start);
        let mut end = floor(file.text(), label.span.end).max(start);
        let first_line = file.lines().line(start);
        let mut last_line = file.lines().line(end.saturating_sub(1).max(start));
        if last_line - first_line > MOST_LINES {
            last_line = first_line;
        }
        end = end.min(bounds(file, last_line).1.max(start));
        Self { label, primary, start, end, first_line, last_line }
    }
}

/// Where a line, counted from 0, starts and ends without its line end.
fn bounds(file: &SourceFile, line: u32) -> (u32, u32) {
    let length = offset(file.text().len());
    let start = file.lines().start(line).unwrap_or(length);
    let end = file.lines().start(line + 1).unwrap_or(length);
    let text = file.text().get(start as usize..end as usize).unwrap_or_default();
    (start, start + offset(text.trim_end_matches(['\n', '\r']).len()))
}

/// Whether the file has the line, apart from the empty one after the last newline.
fn has_text(file: &SourceFile, line: u32) -> bool {
    file.lines().start(line).is_some_and(|start| start < offset(file.text().len()))
}

/// The part of a line to show: all of it, or `width` characters with `focus` towards their start.
fn window(text: &str, (start, end): (u32, u32), focus: u32, width: usize) -> (u32, u32) {
    if (end - start) as usize <= width {
        return (start, end);
    }
    let focus = focus.clamp(start, end);
    let back = |from: u32, count: usize| {
        let before = text.get(start as usize..from as usize).unwrap_or_default();
        before.char_indices().rev().take(count).last().map_or(from, |(at, _)| start + offset(at))
    };
    let from = back(focus, width / LEAD);
    let after = text.get(from as usize..end as usize).unwrap_or_default();
    match after.char_indices().nth(width) {
        Some((at, _)) => (from, from + offset(at)),
        None => (back(end, width), end),
    }
}

/// Where a place of the file went; a place that was clipped away goes to the nearest one that is shown.
fn moved_to(moved: &[(u32, usize)], at: u32) -> usize {
    let index = moved.partition_point(|&(from, _)| from < at);
    moved.get(index).or(moved.last()).map_or(0, |&(_, to)| to)
}
