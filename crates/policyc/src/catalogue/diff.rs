//! `policyc catalogue diff`

use std::path::Path;
use std::sync::Arc;

use crate::args::{CatalogueDiffArgs, DiffFormat};
use crate::files;
use crate::printing::print;
use crate::{CommandResult, Exit, Streams};
use policyc_core::catalogue::Catalogue;
use policyc_core::diff::catalogues;
use policyc_core::ir::Server;
use policyc_core::report::{self, diff as reports};

pub(super) fn run(arguments: &CatalogueDiffArgs, streams: &mut Streams<'_>) -> CommandResult {
    if files::is_stdin(&arguments.old) && files::is_stdin(&arguments.new) {
        return Err("only one side can come from standard input".to_owned());
    }
    let [old, new] = [&arguments.old, &arguments.new].map(|file| read(file, streams));
    let (Some(old), Some(new)) = (old?, new?) else { return Ok(Exit::Findings) };
    let diff = catalogues::compare(&old, &new, arguments.all_flags);
    let names = [&arguments.old, &arguments.new].map(|file| files::shown(file));
    let text = match arguments.format {
        DiffFormat::Human => reports::catalogues::text(&diff, &names),
        DiffFormat::Markdown => reports::catalogues::markdown(&diff, &names),
        DiffFormat::Json => report::document(&reports::catalogues::json(&diff, &names)),
    };
    print(streams.output, &text)?;
    Ok(if arguments.fail_on.fails(diff.verdict()) { Exit::Findings } else { Exit::Fine })
}

/// A catalogue on its own, without settings; `None` if it cannot be read, which is printed.
fn read(file: &Path, streams: &mut Streams<'_>) -> Result<Option<Server>, String> {
    let (catalogue, is_sound) = super::load(file, streams)?;
    let server = |catalogue: Catalogue| Server {
        name: String::new(),
        catalogue: Some(Arc::new(catalogue)),
        settings: Arc::default(),
        locked: Arc::default(),
    };
    Ok(catalogue.filter(|_| is_sound).map(server))
}
