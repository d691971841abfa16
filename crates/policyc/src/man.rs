//! `policyc man`: the manual pages, made from the help.

use std::io::{self, Write};

use clap::Command;
use clap_mangen::Man;
use roff::{Roff, roman};

use super::args::ManArgs;
use super::files::shown;
use super::write::write;
use super::{CommandResult, Exit};

pub(super) fn run(arguments: &ManArgs, program: Command) -> CommandResult {
    let folder = &arguments.folder;
    let fail = |error: io::Error| format!("cannot write to `{}`: {error}", shown(folder));
    std::fs::create_dir_all(folder).map_err(fail)?;
    let mut program = program.disable_help_subcommand(true);
    // Gives each command its full name.
    program.build();
    let source = format!("policyc {}", env!("CARGO_PKG_VERSION"));
    let mut left = vec![program];
    while let Some(command) = left.pop() {
        left.extend(command.get_subcommands().filter(|inner| !inner.is_hide_set()).cloned());
        let name = command.get_display_name().unwrap_or(command.get_name()).to_owned();
        let mut text = Vec::new();
        page(command, &source, &mut text).map_err(fail)?;
        write(&folder.join(format!("{name}.1")), &text)?;
    }
    Ok(Exit::Fine)
}

fn page(command: Command, source: &str, text: &mut dyn Write) -> io::Result<()> {
    let examples = command.get_after_help().map(ToString::to_string);
    let has_commands = command.has_subcommands();
    let man = Man::new(command).source(source).manual("policyc");
    man.render_title(text)?;
    man.render_name_section(text)?;
    man.render_synopsis_section(text)?;
    man.render_description_section(text)?;
    man.render_options_section(text)?;
    if has_commands {
        man.render_subcommands_section(text)?;
    }
    // Its lines are examples, whose spaces count.
    if let Some((heading, lines)) = examples.as_deref().and_then(|text| text.split_once('\n')) {
        let mut roff = Roff::new();
        roff.control("SH", [heading.trim_end_matches(':').to_uppercase().as_str()]).control("nf", []);
        for line in lines.lines() {
            roff.text([roman(line)]);
        }
        roff.control("fi", []).to_writer(text)?;
    }
    Ok(())
}
