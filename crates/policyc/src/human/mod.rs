//! Findings for people, drawn by miette.

#[cfg(test)]
mod tests;
mod view;

use std::fmt;

use miette::{GraphicalReportHandler, GraphicalTheme, LabeledSpan, SourceCode, ThemeCharacters, ThemeStyles};

use policyc_core::diagnostics::{Diagnostic, Severity, visible};
use policyc_core::source::SourceMap;
use view::View;

/// Columns that line numbers and borders take of the width.
const GUTTER: usize = 12;
/// A terminal is never taken to be narrower than this.
const LEAST_WIDTH: usize = 40;

/// How findings are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// Whether to use terminal colours.
    pub colour: bool,
    /// The width of the terminal in columns.
    pub width: usize,
}

impl Default for Options {
    /// What is used where no terminal is: no colours, 100 columns.
    fn default() -> Self {
        Self { colour: false, width: 100 }
    }
}

/// Draws one finding as it is shown where no terminal is.
#[must_use]
pub fn plain(diagnostic: &Diagnostic, sources: &SourceMap) -> String {
    draw(std::slice::from_ref(diagnostic), sources, Options::default())
}

/// Draws each finding with its code, message, source lines, help and fixes, with an empty line between two.
#[must_use]
pub fn draw(diagnostics: &[Diagnostic], sources: &SourceMap, options: Options) -> String {
    let width = options.width.max(LEAST_WIDTH);
    let styles = if options.colour { ThemeStyles::ansi() } else { ThemeStyles::none() };
    let fix_style = styles.help;
    let theme = GraphicalTheme { characters: ThemeCharacters::unicode(), styles };
    let handler = GraphicalReportHandler::new_themed(theme)
        .with_links(false)
        .with_width(width)
        .with_context_lines(1)
        .without_syntax_highlighting();
    let mut out = String::new();
    for diagnostic in diagnostics {
        if !out.is_empty() {
            out.push('\n');
        }
        let view = View::new(diagnostic, sources, width - GUTTER);
        // Writing to a string cannot fail; if miette gives up on a finding, what it wrote so far stands.
        let _ = handler.render_report(&mut out, &Shown { diagnostic, view });
        // Lines after the first are for copying, so they are not wrapped.
        for line in diagnostic.help.iter().flat_map(|help| help.lines().skip(1)) {
            out.push_str(&format!("        {}\n", visible(line)));
        }
        for fix in &diagnostic.fixes {
            out.push_str(&format!("{}{}\n", fix_style.style("  fix: "), visible(&fix.title)));
        }
    }
    out
}

#[derive(Debug)]
struct Shown<'a> {
    diagnostic: &'a Diagnostic,
    view: View,
}

impl fmt::Display for Shown<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&visible(&self.diagnostic.message))
    }
}

impl std::error::Error for Shown<'_> {}

impl miette::Diagnostic for Shown<'_> {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        let (severity, code) = (self.diagnostic.severity.name(), self.diagnostic.code);
        Some(Box::new(format!("{severity}[{} {}]", code.id, code.name)))
    }

    fn severity(&self) -> Option<miette::Severity> {
        Some(match self.diagnostic.severity {
            Severity::Error => miette::Severity::Error,
            Severity::Warning => miette::Severity::Warning,
            Severity::Info => miette::Severity::Advice,
        })
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        let help = self.diagnostic.help.as_ref()?;
        Some(Box::new(visible(help.lines().next().unwrap_or_default()).into_owned()))
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        Some(Box::new(self.view.labels().iter().cloned()))
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(&self.view)
    }
}
