//! Documents that are weaker than their policy, each of which is found by the proof, and a target
//! made for the tests.

mod looser;
pub(super) mod planted;
mod planted_agentgateway;
mod planted_cedar;
mod planted_cel;
mod planted_cerbos;
mod planted_contextforge;
mod planted_counters;
mod planted_envoy;
mod planted_envoy_ai;
mod planted_gemini;
pub(super) mod planted_lists;
mod planted_rego;
mod planted_texts;
mod toy;
mod weaker;
