//! Phrases of the steps of a test.

use super::{Phrase, advice, phrase};

const STEP: &str = "a step is `call TOOL {...} -> OUTCOME;`";
const OUTCOME: &str = "the expected outcome goes after `->`: `allow`, `deny` or `approval`";
const CALLER: &str = "the claims of the caller go after `from`, as a JSON object";

/// They are tried in this order.
pub(super) const PHRASES: &[Phrase] = &[
    phrase(
        &[
            "^ call|expect|assert|when|it? ITEM ( JSON ) expect|should|=>|==>|==|=|returns|is|to|->|gives|be|must be|is|to|->? OUTCOME",
        ],
        "call {ITEM} {JSON} -> {OUTCOME}",
        STEP,
    ),
    phrase(
        &[
            "^ call|expect|assert|when|it? ITEM ( ) expect|should|=>|==>|==|=|returns|is|to|->|gives|be|must be|is|to|->? OUTCOME",
        ],
        "call {ITEM} -> {OUTCOME}",
        STEP,
    ),
    phrase(
        &["^ expect|assert|check|should|call? OUTCOME :|=|for|on|call|of? ITEM with|(? JSON )? ;"],
        "call {ITEM} {JSON} -> {OUTCOME}",
        STEP,
    ),
    phrase(
        &["^ expect|assert|check|should OUTCOME :|=|for|on|call|of? ITEM ;", "^ OUTCOME for? ITEM ;"],
        "call {ITEM} -> {OUTCOME}",
        STEP,
    ),
    phrase(
        &[
            "^ call ITEM JSON expect|should|=>|==>|==|=|returns|is|to|gives|must|expects|result|results|outcome|: be|in|is|to|:? OUTCOME",
        ],
        "call {ITEM} {JSON} -> {OUTCOME}",
        OUTCOME,
    ),
    phrase(
        &["^ call ITEM expect|should|=>|==>|==|=|returns|is|to|gives|must|expects|: be|in|is|to? OUTCOME"],
        "call {ITEM} -> {OUTCOME}",
        OUTCOME,
    ),
    phrase(&["^ call ITEM JSON OUTCOME"], "call {ITEM} {JSON} -> {OUTCOME}", OUTCOME),
    phrase(&["^ call ITEM OUTCOME"], "call {ITEM} -> {OUTCOME}", OUTCOME),
    phrase(
        &["^ ITEM ( NAME =|: LIT ) ->|expect|should|=>|==|is|returns|gives|to|must be|to? OUTCOME ;"],
        "call {ITEM} {{\"{NAME}\": {LIT}} -> {OUTCOME}",
        STEP,
    ),
    phrase(&["^ ITEM JSON OUTCOME ;"], "call {ITEM} {JSON} -> {OUTCOME}", STEP),
    phrase(&["^ ITEM OUTCOME ;"], "call {ITEM} -> {OUTCOME}", STEP),
    phrase(
        &[
            "^ expect|assert|run|invoke|use|when|given ITEM with? JSON ->|expect|should|=>|==|is|to|be be|->? OUTCOME",
            "^ ITEM with? JSON ->|expect|should|=>|==|is|to|must be|->? OUTCOME",
        ],
        "call {ITEM} {JSON} -> {OUTCOME}",
        STEP,
    ),
    phrase(
        &[
            "^ expect|assert|run|invoke|use|when|given ITEM ->|expect|should|=>|==|is|to|be|then be|->? OUTCOME",
            "^ ITEM ->|expect|should|=>|==|is|to|must be|->? OUTCOME",
        ],
        "call {ITEM} -> {OUTCOME}",
        STEP,
    ),
    phrase(
        &["call ITEM JSON ,? as|by|with|caller|user|claims|for :|=? JSON1"],
        "call {ITEM} {JSON} from {JSON1}",
        CALLER,
    ),
    phrase(&["call ITEM ,? as|by|caller|user|claims :|=? JSON"], "call {ITEM} from {JSON}", CALLER),
    phrase(&["call ITEM JSON from|by|as NAME"], "call {ITEM} {JSON} from {{\"role\": \"{NAME}\"}", CALLER),
    phrase(
        &["call ITEM with|args|arguments|params|input :|=? JSON"],
        "call {ITEM} {JSON}",
        "the arguments go directly after the tool",
    ),
    phrase(&["call ITEM STR ->"], "call {ITEM} {STR:object} ->", "arguments are a JSON object, not a string"),
    phrase(
        &["call ITEM with|where? NAME =|:|is? STR"],
        "call {ITEM} {{\"{NAME}\": {STR}}",
        "arguments are a JSON object",
    ),
    phrase(&["-> OUTCOME ,|then|and call REST ;"], "-> {OUTCOME}; call {REST}", "each step ends with `;`"),
    phrase(&["call ITEM STR : LIT"], "call {ITEM} {{{STR}: {LIT}}", "arguments are a JSON object"),
    phrase(&["call ITEM ( JSON )"], "call {ITEM} {JSON}", "the arguments go directly after the tool"),
    phrase(&["call ITEM ( )"], "call {ITEM}", "the arguments go directly after the tool"),
    phrase(
        &["call ITEM ( NAME =|: LIT , NAME1 =|: LIT1 )"],
        "call {ITEM} {{\"{NAME}\": {LIT}, \"{NAME1}\": {LIT1}}",
        "arguments are a JSON object",
    ),
    phrase(
        &["call ITEM ( NAME =|: LIT ) expect|should|=>|==|is|returns|gives|to|must be|to? OUTCOME"],
        "call {ITEM} {{\"{NAME}\": {LIT}} -> {OUTCOME}",
        "arguments are a JSON object",
    ),
    phrase(&["call ITEM ( NAME =|: LIT )"], "call {ITEM} {{\"{NAME}\": {LIT}}", "arguments are a JSON object"),
    phrase(&["call ITEM NAME =|: LIT"], "call {ITEM} {{\"{NAME}\": {LIT}}", "arguments are a JSON object"),
    phrase(&["^ NUM times|x :? call ITEM JSON"], "call {ITEM} {JSON} times {NUM}", "`times` goes after the arguments"),
    phrase(&["^ NUM times|x :? call ITEM"], "call {ITEM} times {NUM}", "`times` goes after the arguments"),
    phrase(&["call ITEM JSON NUM times|x"], "call {ITEM} {JSON} times {NUM}", "`times` goes before the number"),
    phrase(&["call ITEM NUM times|x"], "call {ITEM} times {NUM}", "`times` goes before the number"),
    phrase(
        &["call ITEM JSON x|repeat NUM"],
        "call {ITEM} {JSON} times {NUM}",
        "the number of calls goes after `times`",
    ),
    phrase(
        &["call ITEM JSON NAME NUM ->"],
        "call {ITEM} {JSON} times {NUM} ->",
        "the number of calls goes after `times`",
    ),
    phrase(&["call ITEM NAME NUM ->"], "call {ITEM} times {NUM} ->", "the number of calls goes after `times`"),
    phrase(&["-> not allow|allowed"], "-> deny", OUTCOME),
    phrase(&["-> require|requires|needs|hold|held approval|approve?"], "-> approval", OUTCOME),
    phrase(&["-> deny because|with|: STR"], "-> deny {STR}", "the text of a denial goes directly after `deny`"),
    phrase(&["-> OUTCOME"], "-> {OUTCOME}", OUTCOME),
    phrase(
        &["^ sleep|pause|delay|advance|after|then wait? for? NUM UNIT"],
        "wait {NUM}{UNIT}",
        "time passes with `wait`",
    ),
    phrase(&["^ sleep|pause|delay|advance|wait NUM ;"], "wait {NUM}s", "time passes with `wait`, in a unit of time"),
    phrase(
        &["^ sleep|pause|delay|advance|wait ( NUM ) ;"],
        "wait {NUM}s",
        "time passes with `wait`, in a unit of time",
    ),
    phrase(&["^ wait for NUM UNIT"], "wait {NUM}{UNIT}", "`wait` is followed by a length of time"),
    advice(
        &["^ expect|assert|check|should|given|then|when"],
        "a test has steps, and each call states its expected outcome",
        "write `call TOOL {\"argument\": 1} -> deny;`, and `wait 1min;` to let time pass",
    ),
];
