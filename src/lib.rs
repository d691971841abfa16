//! Compiler and checker for a small declarative policy language about MCP tool calls.
//!
//! A policy says which tool calls of an agent pass, with which arguments, how often, and who must approve. This
//! crate reads policies ([`syntax`]), checks them against the tools that servers offer ([`sema`], [`catalogue`],
//! [`schema`]), decides calls ([`eval`]) and compiles to what gateways enforce ([`emit`]). It touches no files:
//! imports and catalogues come through [`sema::Loader`]; who wants to read them from a disk has [`disk`].
//!
//! ```
//! use policyc_core::emit;
//! use policyc_core::eval::{Evaluator, OwnedCall, Verdict};
//! use policyc_core::ir::ServerId;
//! use policyc_core::sema::{NoFiles, Options, analyze};
//!
//! let text = "deny *; limit send_dm_to_user 1/min per grant";
//! let analysis = analyze("policy.pol", "policy.pol".as_ref(), text, &Options::default(), &NoFiles);
//! let checked = analysis.checked.expect("the policy has no errors");
//! let policy = &checked.policies()[0];
//!
//! let mut evaluator = Evaluator::new(policy);
//! let call = OwnedCall::parse(r#"{"name": "send_dm_to_user", "arguments": {}}"#).expect("a call");
//! assert_eq!(evaluator.call(&call.at(0)).verdict, Verdict::Allow);
//! assert_eq!(evaluator.call(&call.at(1)).rule(), "send_dm_to_user_rate");
//! assert_eq!(evaluator.call(&call.at(60)).verdict, Verdict::Allow);
//!
//! let target = emit::find("policylayer").expect("a target");
//! let artefact = target.emit(policy, ServerId(0)).artefact.expect("the target can hold it");
//! assert!(artefact.text.contains("\"max\": 1"));
//! ```

pub mod analysis;
pub mod assertions;
pub mod bounds;
pub mod catalogue;
pub mod config;
pub mod dead;
pub mod decider;
pub mod decimal;
pub mod describe;
pub mod diagnostics;
pub mod diff;
pub mod disk;
pub mod emit;
pub mod eval;
pub mod findings;
pub mod fixes;
pub mod fmt;
pub mod glossary;
pub mod ide;
pub mod ir;
pub mod json;
mod line;
pub mod lint;
pub mod pattern;
pub mod predicate;
pub mod probe;
pub mod proved;
pub mod replay;
pub mod report;
pub mod revision;
pub mod schema;
pub mod sema;
pub mod solver;
pub mod source;
pub mod suppress;
pub mod syntax;
pub mod testing;
pub mod tree;
