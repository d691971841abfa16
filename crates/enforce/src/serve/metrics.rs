//! What is counted about the service, in the format of Prometheus. No label has a grant, a claim, an argument, or a name that is not
//! known to the policies.

use std::sync::atomic::AtomicU64;
use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use super::ask::Ruling;

/// The media type of what [`Metrics::text`] gives.
pub(super) const MEDIA_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Bounds in seconds: a decision takes microseconds, one that counts waits for the disk.
const BUCKETS: [f64; 10] = [0.000_1, 0.000_3, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 5.0];

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Decision {
    decision: &'static str,
    api: &'static str,
    policy: String,
    server: String,
    tool: String,
    rule: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Of {
    api: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Error {
    kind: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Request {
    api: &'static str,
    code: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Info {
    policy: String,
    digest: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Result {
    result: &'static str,
}

#[derive(Debug)]
pub(super) struct Metrics {
    registry: Registry,
    decisions: Family<Decision, Counter>,
    duration: Family<Of, Histogram>,
    errors: Family<Error, Counter>,
    requests: Family<Request, Counter>,
    policies: Family<Info, Gauge>,
    reloads: Family<Result, Counter>,
    reloaded: Gauge<f64, AtomicU64>,
}

impl Metrics {
    pub(super) fn new() -> Self {
        let mut registry = Registry::with_prefix("policyc");
        let metrics = Self {
            registry: Registry::default(),
            decisions: Family::default(),
            duration: Family::new_with_constructor(|| Histogram::new(BUCKETS)),
            errors: Family::default(),
            requests: Family::default(),
            policies: Family::default(),
            reloads: Family::default(),
            reloaded: Gauge::default(),
        };
        registry.register("decisions", "Decisions about calls", metrics.decisions.clone());
        registry.register(
            "decision_duration_seconds",
            "Time from the head of a request to its answer",
            metrics.duration.clone(),
        );
        registry.register("errors", "Requests and decisions that failed", metrics.errors.clone());
        registry.register("http_requests", "Requests by their status", metrics.requests.clone());
        registry.register("policy_info", "The policies that decide", metrics.policies.clone());
        registry.register("policy_reloads", "Attempts to read changed policies", metrics.reloads.clone());
        registry.register(
            "policy_reload_timestamp_seconds",
            "When the policies that decide were read",
            metrics.reloaded.clone(),
        );
        Self { registry, ..metrics }
    }

    pub(super) fn decided(&self, api: &'static str, ruling: &Ruling) {
        let decision = Decision {
            decision: ruling.outcome.verdict.name(),
            api,
            policy: ruling.policy.clone(),
            server: ruling.server.clone(),
            tool: ruling.tool.clone(),
            rule: ruling.outcome.rule.clone(),
        };
        self.decisions.get_or_create(&decision).inc();
        if ruling.outcome.store_failure.is_some() {
            self.failed("counters");
        }
        if ruling.outcome.rule == crate::proxy::NO_LOG {
            self.failed("log");
        }
    }

    pub(super) fn failed(&self, kind: &'static str) {
        self.errors.get_or_create(&Error { kind }).inc();
    }

    pub(super) fn answered(&self, api: &'static str, code: u16, decides: bool, took: Duration) {
        self.requests.get_or_create(&Request { api, code }).inc();
        if decides {
            self.duration.get_or_create(&Of { api }).observe(took.as_secs_f64());
        }
    }

    /// Notes that policies were read, or that they could not be.
    pub(super) fn reloaded(&self, policies: Option<&[(String, String)]>, at: i64) {
        let result = if policies.is_some() { "success" } else { "failure" };
        self.reloads.get_or_create(&Result { result }).inc();
        if let Some(policies) = policies {
            self.loaded(policies, at);
        }
    }

    /// Notes which policies decide.
    pub(super) fn loaded(&self, policies: &[(String, String)], at: i64) {
        self.policies.clear();
        for (policy, digest) in policies {
            self.policies.get_or_create(&Info { policy: policy.clone(), digest: digest.clone() }).set(1);
        }
        #[expect(clippy::cast_precision_loss, reason = "seconds since 1970 are exact in a double")]
        self.reloaded.set(at as f64);
    }

    pub(super) fn text(&self) -> String {
        let mut text = String::new();
        // Writing into memory does not fail.
        let _ = encode(&mut text, &self.registry);
        text
    }
}
