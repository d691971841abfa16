//! Converts places and findings of the compiler to the types of the protocol.

use policyc_core::diagnostics::{Diagnostic, Severity, visible_lines};
use policyc_core::ide;
use policyc_core::source::{FileId, SourceMap, Span, offset};
use serde_json::json;
use tower_lsp_server::ls_types::{
    self as lsp, CodeDescription, DiagnosticRelatedInformation, DiagnosticSeverity, DiagnosticTag, Location,
    NumberOrString, Position, Range, Uri,
};

use crate::documents::Version;
use crate::pages;
use crate::position::{Encoding, offset_in, position_in};
use crate::world::World;

/// Turns places of one analysed text into those of the protocol.
pub(crate) struct Places<'a> {
    /// The text.
    pub(crate) version: &'a Version,
    /// The files that places point into, the text itself among them.
    pub(crate) sources: &'a SourceMap,
    /// What positions count in.
    pub(crate) encoding: Encoding,
    /// For the names that the client has for files.
    pub(crate) world: &'a World,
}

impl Places<'_> {
    /// Whether a place is in the text itself.
    fn is_own(span: Span) -> bool {
        span.file == FileId(0)
    }

    /// The range of a place.
    #[must_use]
    pub(crate) fn range(&self, span: Span) -> Range {
        if Self::is_own(span) {
            return self.version.lines.range(&self.version.text, span.start as usize, span.end as usize, self.encoding);
        }
        let Some(file) = self.sources.get(span.file) else { return Range::default() };
        let position = |at| position_in(file.lines(), file.text(), at, self.encoding);
        Range { start: position(span.start), end: position(span.end) }
    }

    /// The place of a range in a file; `None` for one that has not so many lines.
    #[must_use]
    pub(crate) fn span_in(&self, file: FileId, range: Range) -> Option<Span> {
        if file == FileId(0) {
            return Some(self.span(range));
        }
        let source = self.sources.get(file)?;
        let at = |position: Position| {
            source.lines().start(position.line)?;
            Some(offset_in(source.lines(), source.text(), position, self.encoding))
        };
        Some(Span::new(file, at(range.start)?, at(range.end)?))
    }

    /// The document that a place is in.
    #[must_use]
    pub(crate) fn uri(&self, span: Span) -> Option<Uri> {
        if Self::is_own(span) {
            return Some(self.version.uri.clone());
        }
        let path = std::path::Path::new(self.sources.name(span.file));
        match self.world.at_path(path) {
            Some(open) => Some(open.uri.clone()),
            None => Uri::from_file_path(path),
        }
    }

    /// A place in its document.
    #[must_use]
    pub(crate) fn location(&self, span: Span) -> Option<Location> {
        Some(Location { uri: self.uri(span)?, range: self.range(span) })
    }

    /// The byte offset of a position in the text itself.
    #[must_use]
    pub(crate) fn offset(&self, position: Position) -> u32 {
        offset(self.version.lines.offset(&self.version.text, position, self.encoding))
    }

    /// The place of a range in the text itself.
    #[must_use]
    pub(crate) fn span(&self, range: Range) -> Span {
        let (start, end) = self.version.lines.offsets(&self.version.text, range, self.encoding);
        Span::new(FileId(0), offset(start), offset(end))
    }

    /// A finding.
    #[must_use]
    pub(crate) fn diagnostic(&self, finding: &Diagnostic) -> lsp::Diagnostic {
        let mut message = visible_lines(&finding.message);
        if !finding.primary.text.is_empty() {
            message.push_str(&format!("\n{}", visible_lines(&finding.primary.text)));
        }
        if let Some(help) = &finding.help {
            message.push_str(&format!("\nhelp: {}", visible_lines(help)));
        }
        let related = finding.secondary.iter().filter_map(|label| {
            Some(DiagnosticRelatedInformation {
                location: self.location(label.span)?,
                message: visible_lines(&label.text),
            })
        });
        let related: Vec<_> = related.collect();
        let tags = match ide::tag(finding.code) {
            Some(ide::Tag::Unnecessary) => Some(vec![DiagnosticTag::UNNECESSARY]),
            Some(ide::Tag::Deprecated) => Some(vec![DiagnosticTag::DEPRECATED]),
            None => None,
        };
        lsp::Diagnostic {
            range: self.range(finding.primary.span),
            severity: Some(match finding.severity {
                Severity::Error => DiagnosticSeverity::ERROR,
                Severity::Warning => DiagnosticSeverity::WARNING,
                Severity::Info => DiagnosticSeverity::INFORMATION,
            }),
            code: Some(NumberOrString::String(finding.code.name.to_owned())),
            code_description: pages::uri(finding.code).map(|href| CodeDescription { href }),
            source: Some("policyc".to_owned()),
            message,
            related_information: (!related.is_empty()).then_some(related),
            tags,
            data: Some(json!({"code": finding.code.id})),
        }
    }
}
