//! Phrases of assertions.

use super::{Phrase, advice, phrase};

const CLAIM: &str =
    "an assertion is `assert deny TOOLS;`, or with `allow`, `limit` or `approval for` instead of `deny`";
const ALWAYS: &str = "an assertion says which calls pass: assert that calls that do not meet the condition are denied";

/// They are tried in this order.
pub(super) const PHRASES: &[Phrase] = &[
    phrase(
        &[
            "^ assert|expect|ensure|check|verify|prove that? not|never|no|! allow|allowed|permit|permitted TOOLS when|if|where COND ;",
            "^ assert|expect|ensure|check|verify|prove that? not|never|no|! ( allow TOOLS when|if|where COND ) ;",
        ],
        "assert deny {TOOLS} when {COND}",
        CLAIM,
    ),
    phrase(
        &[
            "^ assert|expect|ensure|check|verify|prove that? not|never|no|! allow|allowed|permit|permitted for|:? TOOLS ;",
            "^ assert|expect|ensure|check|verify|prove that? not|never|no|! allow|allowed|permit|permitted ( TOOLS ) ;",
            "^ assert|expect|ensure|check|verify|prove that? not|never|no|! ( allow TOOLS ) ;",
            "^ assert that? TOOLS is|are|be|must|should? not|never allow|allowed|permitted|callable|reachable ;",
            "^ assert that? no|not|never TOOLS ;",
        ],
        "assert deny {TOOLS}",
        CLAIM,
    ),
    phrase(
        &["^ assert|expect|ensure|check|verify|prove that? not|never|no|! deny|denied TOOLS ;"],
        "assert allow {TOOLS}",
        CLAIM,
    ),
    phrase(
        &[
            "^ assert|ensure|check|verify|prove|expect that? TOOLS require|requires|need|needs approval|confirmation ;",
            "^ assert|ensure|check|verify|prove|expect require|requires|need|needs approval|confirmation for|on|of? TOOLS ;",
        ],
        "assert approval for {TOOLS}",
        CLAIM,
    ),
    phrase(
        &[
            "^ assert|expect|ensure|check|verify|prove|assertion|invariant that|:? OUTCOME for|of|on|to|that|:|=|call? TOOLS when|if|where COND ;",
            "^ assert|expect|ensure|check|verify|prove|assertion|invariant that|:? TOOLS is|are|be|must|should|always|->|=>|==|=|:? be? OUTCOME when|if|where COND ;",
        ],
        "assert {OUTCOME:claim} {TOOLS} when {COND}",
        CLAIM,
    ),
    phrase(
        &[
            "^ assert|expect|ensure|check|verify|prove|assertion|invariant that|:? OUTCOME for|of|on|to|that|:|=|call? TOOLS ;",
            "^ assert|expect|ensure|check|verify|prove|assertion|invariant that|:? always? OUTCOME ( TOOLS ) ;",
            "^ assert|expect|ensure|check|verify|prove|assertion|invariant that|:? TOOLS is|are|be|must|should|always|->|=>|==|=|:? be? OUTCOME ;",
            "^ assert ( OUTCOME TOOLS ) ;",
            "^ assert always OUTCOME TOOLS ;",
        ],
        "assert {OUTCOME:claim} {TOOLS}",
        CLAIM,
    ),
    phrase(&["^ assert COND =>|->|implies OUTCOME TOOLS ;"], "assert {OUTCOME:claim} {TOOLS} when {COND}", CLAIM),
    phrase(
        &[
            "^ assert forall|always|globally NAME :|,|. OUTCOME TOOLS ;",
            "^ assert for all NAME :|, OUTCOME TOOLS ;",
            "^ assert forall|always|globally :|,? OUTCOME TOOLS ;",
        ],
        "assert {OUTCOME:claim} {TOOLS}",
        "an assertion is about all calls anyway",
    ),
    phrase(
        &["^ assert|invariant when|if COND ,|then|:? OUTCOME TOOLS ;"],
        "assert {OUTCOME:claim} {TOOLS} when {COND}",
        CLAIM,
    ),
    phrase(
        &["^ assert|invariant STR :|,? OUTCOME for? TOOLS ;"],
        "assert {OUTCOME:claim} {TOOLS}",
        "an assertion has no name; write its purpose in a comment",
    ),
    phrase(
        &[
            "^ assert limit|rate|limited? RATE for|on|of? TOOLS ;",
            "^ assert limit|rate? TOOLS limit|limited|rate|at|to|<=|is|max|<|:? most|to? RATE ;",
        ],
        "assert limit {TOOLS} {RATE}",
        CLAIM,
    ),
    phrase(
        &["^ assert limit? TOOLS limit|limited|at|to|<=|max? most|to? NUM times|calls? per|a|an|each|/ UNIT ;"],
        "assert limit {TOOLS} {NUM}/{UNIT}",
        CLAIM,
    ),
    phrase(
        &["^ assert that? require? COND for|on TOOLS ;", "^ assert require TOOLS when|if|where|has|: COND ;"],
        "assert deny {TOOLS} when not ({COND})",
        ALWAYS,
    ),
    phrase(
        &["^ assert EFFECT TOOLS ,|and assert? EFFECT1 TOOLS1 ;"],
        "assert {EFFECT} {TOOLS}; assert {EFFECT1} {TOOLS1}",
        "each demand needs its own `assert`",
    ),
    advice(
        &["^ assert call ITEM", "^ assert test STR", "^ assert STR {"],
        "an assertion is about all calls; single calls belong in a test",
        "write `test \"what it shows\" { call TOOL {\"argument\": 1} -> deny; }`",
    ),
    advice(
        &["^ assert when|if|unless|STR|hide|policy|;"],
        CLAIM,
        "write for example `assert deny delete_customer;` or `assert deny pay when args.amount > 100;`",
    ),
];
