//! Phrases of limits: sums, totals, conditions and windows in other places.

use super::rules::{BOUND, CONDITION, FIRST_WORD, RATE, SCOPE};
use super::{Phrase, phrase};

pub(super) const SUM: &str = "a sum is bounded with `of`";
const TOTAL: &str = "`limit total` has one count for all tools";

/// They are tried in this order, after those of rules.
pub(super) const PHRASES: &[Phrase] = &[
    phrase(
        &[
            "^ limit TOOLS to|at|:? sum|total|amount|sum_of ( PATH ) <=|<|to|at|:|=|is|under|below|max? NUM per|/|a|each|every|in UNIT ;",
            "^ limit sum|total|amount|sum_of ( PATH ) of|for|on|in? TOOLS to|at|:|<=|<|=? NUM per|/|a|each|every|in UNIT ;",
            "^ limit sum|total|amount|sum_of ( PATH ) to|at|:|<=|<|=? NUM per|/|a|each|every|in UNIT for|on|of|in TOOLS ;",
        ],
        "limit {TOOLS} {NUM}/{UNIT} of {PATH}",
        SUM,
    ),
    phrase(
        &[
            "^ limit TOOLS of|on|sum|over DOTTED to|at|:|<=|=? RATE ;",
            "^ limit sum|total? of? DOTTED of|for|on|in TOOLS to|at|:|<=|=? RATE ;",
            "^ limit sum|total? of? DOTTED to|at|:|<=|=? RATE for|on|of|in TOOLS ;",
            "^ limit TOOLS RATE on|over|summing DOTTED ;",
            "^ limit NAME RATE of DOTTED for|on TOOLS ;",
            "^ limit RATE of DOTTED for|on TOOLS ;",
        ],
        "limit {TOOLS} {RATE} of {DOTTED}",
        SUM,
    ),
    phrase(
        &[
            "^ limit TOOLS RATE in? total|overall|altogether|combined|together|shared|jointly ;",
            "^ limit TOOLS total|combined|together|overall|jointly :? RATE ;",
        ],
        "limit total {TOOLS} {RATE}",
        TOTAL,
    ),
    phrase(
        &["^ limit TOOLS RATE for|where|on|only|whenever when|if|where? COND ;"],
        "limit {TOOLS} {RATE} when {COND}",
        CONDITION,
    ),
    phrase(
        &["^ limit TOOLS to|at|:? RATE each|apiece|individually|separately ;"],
        "limit {TOOLS} {RATE}",
        "each tool has its own count, unless the limit is a `total`",
    ),
    phrase(&["RATE , per NAME ;"], "{RATE} per caller.{NAME}", SCOPE),
    phrase(
        &["^ limit TOOLS NUM calls|times|requests? per|a|an|each|every UNIT , per NAME ;"],
        "limit {TOOLS} {NUM}/{UNIT} per caller.{NAME}",
        RATE,
    ),
    phrase(&["^ limit TOOLS NAME <= NUM ;"], "require args.{NAME:plain} <= {NUM} for {TOOLS}", BOUND),
    phrase(&["^ limit TOOLS to|:? once? every|each NUM UNIT ;"], "limit {TOOLS} 1/{NUM}{UNIT}", RATE),
    phrase(&["^ limit TOOLS every|each UNIT ;"], "limit {TOOLS} 1/{UNIT}", RATE),
    phrase(
        &["^ limit TOOLS rate|limit|max :|= NUM r|req|reqs|requests|calls? /|per UNIT"],
        "limit {TOOLS} {NUM}/{UNIT}",
        RATE,
    ),
    phrase(
        &[
            "^ ratelimit|rate_limit|rate-limit|throttle|cap|quota|budget|limits TOOLS to|at|:|max? NUM calls|times|requests|call|time|request|x? per|/|a|an|each|every UNIT",
            "^ ratelimit|rate_limit|rate-limit|throttle|cap|quota|budget|limits NUM calls|times|requests|call|time|request|x? per|/|a|an|each|every UNIT for|on|to|of? TOOLS",
        ],
        "limit {TOOLS} {NUM}/{UNIT}",
        FIRST_WORD,
    ),
];
