//! Our own form: calls as `policyc eval` reads them, and answers as it gives them.

use hyper::body::Incoming;
use hyper::{Response, StatusCode};
use policyc_core::diagnostics::quote;
use policyc_core::eval::Verdict;
use policyc_core::json::{Kind, Value, json_quote};

use super::ask::{Ask, Ruling, Until, Wanted, What};
use super::request::{MOST_CALLS, Wrong, call, flag, member, object};
use super::{Asked, Service, json};
use crate::listen::Body;
use crate::proxy::answer::cut;

/// How many calls a request may ask about if it also wants to know why: an explanation costs much more than a decision.
const MOST_EXPLAINED: usize = 20;

/// What a request may say besides a call.
const OPTIONS: [&str; 3] = ["explain", "remedy", "dryRun"];

impl Service {
    pub(super) async fn decide(&self, asked: &Asked<'_>, body: Incoming) -> Response<Body> {
        self.try_decide(asked, body).await.unwrap_or_else(|wrong| wrong.answer())
    }

    async fn try_decide(&self, asked: &Asked<'_>, body: Incoming) -> Result<Response<Body>, Wrong> {
        if asked.parts.uri.path() != "/v1/decide" {
            return Err(Wrong::new(StatusCode::NOT_FOUND, "There is nothing at this path."));
        }
        let body = object(asked.parts, body, &self.options.limits).await?;
        let (asks, wanted) = read(body.root()).map_err(Wrong::malformed)?;
        let is_batch = body.root().get("calls").is_some();
        let rulings = self.rule(asked, asks.into_iter().map(Ok).collect(), Until::End, wanted).await?;
        let answers: Vec<String> = rulings.iter().map(answer).collect();
        let answer = if is_batch { format!("{{\"decisions\":[{}]}}", answers.join(",")) } else { answers.concat() };
        Ok(json(StatusCode::OK, &answer))
    }
}

fn read(body: Value<'_>) -> Result<(Vec<Ask>, Wanted), String> {
    let wanted = Wanted { trace: flag(body, "explain")?, remedy: flag(body, "remedy")? };
    let what = if flag(body, "dryRun")? { What::Dry } else { What::Call };
    let mut asks = match member(body, "calls", Kind::Array)? {
        None => vec![call(body, &OPTIONS)?],
        Some(calls) => {
            let is_known = |key: &&str| *key == "calls" || OPTIONS.contains(key);
            if let Some(key) = body.entries().filter_map(|(key, _)| key.as_str()).find(|key| !is_known(key)) {
                return Err(format!("Beside \"calls\" there is no {}; it belongs to each of them.", quote(key)));
            }
            let count = calls.items().take(MOST_CALLS + 1).count();
            if count == 0 || count > MOST_CALLS {
                return Err(format!("A request asks about 1 to {MOST_CALLS} calls."));
            }
            if count > MOST_EXPLAINED && wanted != Wanted::default() {
                return Err(format!(
                    "With \"explain\" or \"remedy\" a request asks about at most {MOST_EXPLAINED} calls."
                ));
            }
            let each = calls.items().enumerate();
            each.map(|(index, one)| call(one, &[]).map_err(|why| format!("calls[{index}]: {why}")))
                .collect::<Result<_, _>>()?
        }
    };
    asks.iter_mut().for_each(|ask| ask.what = what);
    Ok((asks, wanted))
}

/// A decision as JSON.
pub(super) fn answer(ruling: &Ruling) -> String {
    let outcome = &ruling.outcome;
    let decision = if ruling.observed { Verdict::Allow } else { outcome.verdict };
    let mut answer = format!("{{\"decision\":{}", json_quote(decision.name()));
    let mut text = |key: &str, value: &str| answer.push_str(&format!(",\"{key}\":{}", json_quote(&cut(value))));
    if ruling.observed {
        text("would", outcome.verdict.name());
    }
    if outcome.verdict != Verdict::Allow {
        text("rule", &outcome.rule);
        text("reason", &outcome.reason);
    }
    text("policy", &ruling.policy);
    text("decisionId", &ruling.id);
    for (key, value) in [("trace", &ruling.trace), ("remedy", &ruling.remedy)] {
        if let Some(value) = value {
            answer.push_str(&format!(",\"{key}\":{value}"));
        }
    }
    answer.push('}');
    answer
}
