//! `policyc proxy` over HTTP.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use policyc_core::diagnostics::quote;
use policyc_core::disk;
use policyc_enforce::listen::{Access, Address, Limits, Listener, Tokens, runtime, serve};
use policyc_enforce::proxy::http::{Approver, Local, Service, Settings, Upstream, run_local, stop_when_asked};
use policyc_enforce::proxy::stdio::Ask;
use policyc_enforce::proxy::{MAX_MESSAGE, Proxy};

use super::note;
use crate::args::{HttpArgs, ProxyArgs};
use crate::files::shown;
use crate::{CommandResult, Exit, live};

/// The path at which clients find a server.
const PATH: &str = "/mcp";
/// The largest file with headers: 1 MiB.
const LARGEST: usize = 1 << 20;
/// How long a client may take to send a message, which may have 64 MiB.
const BODY: Duration = Duration::from_secs(60);

/// Runs the proxy in front of a server at an address.
pub(super) fn run(url: &str, arguments: &ProxyArgs, proxy: Proxy<'static>) -> CommandResult {
    let http = &arguments.http;
    let upstream = upstream(url, http)?;
    let approver = approver(arguments)?;
    let patience = Duration::from_secs(u64::from(arguments.approve_timeout));
    let stop = stop_when_asked()?;
    let runtime = runtime()?;
    let Some(address) = &http.listen else {
        let local = Local {
            input: Box::new(std::io::stdin()),
            output: Box::new(std::io::stdout()),
            note: Box::new(note),
            clock: live::now,
            approver,
            patience,
        };
        let ended = runtime.block_on(run_local(proxy, upstream, local, stop));
        // A thread may still wait for the client.
        runtime.shutdown_background();
        return ended.map(|()| Exit::Fine);
    };
    let tokens = http.token_file.as_deref().map(Tokens::from_file).transpose()?;
    let access = Access { hosts: http.allow_host.clone(), origins: http.allow_origin.clone(), tokens };
    let limits = Limits { body: BODY, largest_body: MAX_MESSAGE, ..Limits::default() };
    let address = Address::parse(address).map_err(|why| format!("`--listen`: {why}"))?;
    let ended = runtime.block_on(async {
        let listener = Listener::bind(&address, &access)?;
        let place = match listener.address() {
            Address::Tcp(address) => format!("http://{address}{PATH}"),
            other @ Address::Unix(_) => format!("{other}, path {PATH}"),
        };
        let settings = Settings {
            access,
            limits,
            forwards_authorization: http.forward_authorization,
            grant_by_token: arguments.live.grant.is_none(),
            note: Box::new(note),
            clock: live::now,
            approver,
            patience,
        };
        let service = Arc::new(Service::new(vec![(PATH.to_owned(), upstream, proxy)], settings));
        note(&format!("listening at {place}"));
        serve(listener, Arc::clone(&service), limits, stop).await;
        service.close().await;
        Ok::<(), String>(())
    });
    runtime.shutdown_background();
    ended.map(|()| Exit::Fine)
}

fn upstream(url: &str, http: &HttpArgs) -> Result<Upstream, String> {
    let mut headers = http.header.iter().map(|line| header(line)).collect::<Result<Vec<_>, _>>()?;
    if let Some(file) = &http.header_file {
        headers.extend(of_file(file)?);
    }
    let has_headers = !headers.is_empty();
    let patience = Duration::from_secs(u64::from(http.server_timeout));
    let upstream = Upstream::new(url, &headers, patience).map_err(|why| format!("`--url`: {why}"))?;
    if (has_headers || http.forward_authorization) && upstream.is_readable_on_the_way() {
        note("warning: the headers go over `http:`, so everyone on the way can read them; use `https:`");
    }
    Ok(upstream)
}

/// The headers of a file, where empty lines and those that begin with `#` do not count.
fn of_file(file: &Path) -> Result<Vec<(String, String)>, String> {
    let bytes = disk::read(file, LARGEST).map_err(|why| format!("cannot read `{}`: {why}", shown(file)))?;
    let text = String::from_utf8(bytes).map_err(|_| format!("`{}` is not UTF-8", shown(file)))?;
    let lines = (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty() && !line.starts_with('#'));
    lines
        .map(|(number, line)| header(line).map_err(|why| format!("line {number} of `{}`: {why}", shown(file))))
        .collect()
}

/// Reads `NAME: VALUE`.
fn header(line: &str) -> Result<(String, String), String> {
    let (name, value) = line.split_once(':').ok_or("a header has no colon; write `NAME: VALUE`")?;
    let value = expanded(value.trim()).map_err(|why| format!("the header {}: {why}", quote(name.trim())))?;
    Ok((name.trim().to_owned(), value))
}

/// A text with the variables of the environment in the place of `${NAME}`.
fn expanded(text: &str) -> Result<String, String> {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        let (name, behind) = after.split_once('}').ok_or("`${` has no `}`")?;
        out.push_str(before);
        out.push_str(&std::env::var(name).map_err(|_| format!("the variable {} is not set", quote(name)))?);
        rest = behind;
    }
    out.push_str(rest);
    Ok(out)
}

/// Who approves calls.
fn approver(arguments: &ProxyArgs) -> Result<Option<Approver>, String> {
    if let Some(command) = &arguments.approve_command {
        return Ok(Some(Approver::Command(command.clone())));
    }
    let Some(url) = &arguments.http.approve_url else { return Ok(None) };
    let patience = Duration::from_secs(u64::from(arguments.approve_timeout));
    let service = expanded(url).and_then(|url| Upstream::new(&url, &[], patience));
    let service = service.map_err(|why| format!("`--approve-url`: {why}"))?;
    Ok(Some(Approver::Service(Box::new(service))))
}

/// Asks a service about a call, from threads.
pub(super) fn ask(arguments: &ProxyArgs) -> Result<Option<Ask>, String> {
    let patience = Duration::from_secs(u64::from(arguments.approve_timeout));
    let service = approver(arguments)?.filter(|approver| matches!(approver, Approver::Service(_)));
    Ok(service.map(|service| -> Ask { Box::new(move |call| service.ask_and_wait(call, patience)) }))
}
