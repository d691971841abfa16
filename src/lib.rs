//! Compiler and checker for a small declarative policy language about MCP tool calls.
//!
//! A policy says which tool calls of an agent pass, with which arguments, how often, and who must approve. This crate checks
//! policies against the tools that servers offer, decides calls, answers questions about all calls, and compiles policies to
//! the documents that gateways enforce. It has no features and touches nothing outside: imports and catalogues come through
//! [`sema::Loader`], and [`disk`] reads files for whoever wants that.
//!
//! # Checking
//!
//! ```
//! use policyc_core::sema::{NoFiles, Options, analyze};
//!
//! let text = "deny *; alow send_mail;";
//! let analysis = analyze("policy.pol", "policy.pol".as_ref(), text, &Options::default(), &NoFiles);
//! assert!(analysis.checked.is_none());
//! let mistake = &analysis.diagnostics[0];
//! assert!(mistake.message.contains("alow"));
//! ```
//!
//! # Deciding
//!
//! ```
//! # use policyc_core::sema::{NoFiles, Options, analyze};
//! use policyc_core::eval::{Evaluator, OwnedCall, Verdict};
//!
//! let text = "deny *; limit send_dm_to_user 1/min per grant";
//! let analysis = analyze("policy.pol", "policy.pol".as_ref(), text, &Options::default(), &NoFiles);
//! let checked = analysis.checked.expect("the policy has no errors");
//! let policy = checked.policy().expect("the file is one policy");
//!
//! let mut evaluator = Evaluator::new(policy);
//! let call = OwnedCall::parse(r#"{"name": "send_dm_to_user", "arguments": {}}"#).expect("a call");
//! assert_eq!(evaluator.call(&call.at(0)).verdict, Verdict::Allow);
//! assert_eq!(evaluator.call(&call.at(1)).rule(), "send_dm_to_user_rate");
//! assert_eq!(evaluator.call(&call.at(60)).verdict, Verdict::Allow);
//! ```
//!
//! # Compiling and comparing
//!
//! A document is compared with a policy, or with another document, for all calls.
//!
//! ```
//! # use policyc_core::sema::{NoFiles, Options, analyze};
//! use policyc_core::analysis::ask::Domain;
//! use policyc_core::decider::PolicyDecider;
//! use policyc_core::diff::{Verdict, compare};
//! use policyc_core::emit;
//! use policyc_core::ir::ServerId;
//!
//! # let text = "deny *; limit send_dm_to_user 1/min per grant";
//! # let analysis = analyze("policy.pol", "policy.pol".as_ref(), text, &Options::default(), &NoFiles);
//! # let checked = analysis.checked.expect("the policy has no errors");
//! # let policy = checked.policy().expect("the file is one policy");
//! let target = emit::find("policylayer").expect("a target");
//! let artefact = emit::compile(policy, ServerId(0), target).artefact.expect("the target can hold it");
//! assert!(artefact.text.contains("\"max\": 1"));
//!
//! let looser = artefact.text.replace("\"max\": 1", "\"max\": 2");
//! let document = target.read(&looser).expect("the gateway takes it");
//! let before = PolicyDecider::new(policy).of_server(ServerId(0), target.numbers);
//! let diff = compare(&before, document.as_ref(), Domain::Any, false);
//! assert_eq!(diff.verdict, Verdict::Looser);
//! ```
//!
//! # Linting
//!
//! ```
//! # use policyc_core::sema::{NoFiles, Options, analyze};
//! use policyc_core::config::Config;
//! use policyc_core::findings::{self, Depth};
//!
//! let text = "allow *; deny delete_repository;";
//! let analysis = analyze("policy.pol", "policy.pol".as_ref(), text, &Options::default(), &NoFiles);
//! let policies: Vec<_> = analysis.policies().collect();
//! let found = findings::of(&analysis, &policies, &Config::default().levels, Depth::Lint);
//! assert!(found.iter().any(|finding| finding.code.name == "default-allow"));
//! ```
//!
//! # What is stable
//!
//! The modules of the first three layers below are the stable interface: they change only with a new version, and the changelog says
//! how. The rest is public for the program and the language server, is left out of this documentation, and may change
//! any time.

// Texts and values: what everything is made of.
pub mod decimal;
pub mod diagnostics;
pub mod disk;
pub mod json;
pub mod source;

// Policies: read, checked, modelled.
pub mod catalogue;
pub mod fmt;
pub mod ir;
pub mod lock;
pub mod predicate;
pub mod sema;
pub mod syntax;

// Questions and answers: one call, all calls, two policies, documents of gateways, findings.
pub mod analysis;
pub mod assertions;
pub mod bounds;
pub mod config;
pub mod decider;
pub mod diff;
pub mod emit;
pub mod eval;
pub mod findings;
pub mod remedy;
pub mod replay;
pub mod report;
pub mod starter;
pub mod testing;

// How that is done, and what the program and the server need.
#[doc(hidden)]
pub mod dead;
#[doc(hidden)]
pub mod describe;
#[doc(hidden)]
pub mod fix_proof;
#[doc(hidden)]
pub mod fixes;
#[doc(hidden)]
pub mod glossary;
#[doc(hidden)]
pub mod ide;
#[doc(hidden)]
pub mod image;
mod line;
#[doc(hidden)]
pub mod lint;
#[doc(hidden)]
pub mod located;
#[doc(hidden)]
pub mod pattern;
#[doc(hidden)]
pub mod probe;
#[doc(hidden)]
pub mod revision;
#[doc(hidden)]
pub mod schema;
#[doc(hidden)]
pub mod solver;
#[doc(hidden)]
pub mod suppress;
