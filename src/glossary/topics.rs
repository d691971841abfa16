//! What there is to know beside the words: sets, scopes, windows of time, and what is not a single token.

use super::{Within, Word};

const fn topic(text: &'static str, meaning: &'static str, example: &'static str) -> Word {
    Word { kind: None, within: Within::Any, text, meaning, example }
}

/// The built-in sets.
pub(super) const SETS: &[Word] = &[
    topic(
        "@read",
        "Built-in set of the tools that only read (severity low). A tool is in it only if nothing says that it does more.",
        "allow @read;",
    ),
    topic(
        "@write",
        "Built-in set of the tools that add or change something (severity medium) and are in none of `@execute`, `@destructive` and `@financial`. \
         For every tool that does more than read write `@changes`.",
        "limit @write 60/min;",
    ),
    topic(
        "@execute",
        "Built-in set of the tools that run code, commands or queries that the caller writes (severity high). A tool can be in `@destructive` or \
         `@financial` too.",
        r#"require approval by "operations" for @execute;"#,
    ),
    topic(
        "@destructive",
        "Built-in set of the tools that take something away that may not come back (severity critical). A tool can be in `@execute` or `@financial` \
         too.",
        "hide @destructive;",
    ),
    topic(
        "@financial",
        "Built-in set of the tools that move money or commit someone to pay (severity critical). A tool can be in `@execute` or `@destructive` \
         too.",
        r#"require approval by "finance" for @financial;"#,
    ),
    topic(
        "@changes",
        "Built-in set of all listed tools that are not in `@read`.",
        r#"limit total @changes 60/min as "changes";"#,
    ),
];

/// What holds for each of [`SETS`].
pub(super) const OF_SETS: &str = "Its tools come from the catalogue, and `[classes.SERVER]` in policyc.toml says of which class a tool is where the \
                                  name and the description do not. Only in an `allow` does the set open tools; elsewhere it bounds what other rules \
                                  open.";

/// Who shares a count.
pub(super) const SCOPES: &[Word] = &[
    topic(
        "per grant",
        "Each grant (token) has its own count. This is the default. Where a gateway has no grants, all calls are one.",
        "limit send_mail 30/min per grant;",
    ),
    topic("per server", "One count for all callers together.", "limit send_mail 30/min per server;"),
    topic(
        "per caller",
        "A count for each value of this claim of the caller. Callers for whom it is missing, null, an array or an object share one.",
        "limit send_mail 30/min per caller.team;",
    ),
];

/// What has no word of its own, or means more than its words.
pub(super) const TERMS: &[Word] = &[
    topic(
        "policy",
        "A policy says which tool calls pass, with which arguments, how often, and who must approve them. The order of statements never matters: \
         `deny` beats everything, and what no rule opens is denied. This is the smallest useful one, a whole file (`support.pol`, say); \
         `policyc check support.pol` reads it.",
        "deny *;\nallow get_order;\nlimit send_mail 30/min;\nrequire approval by \"finance\" for refund_order;",
    ),
    topic(
        "window",
        "A rate is a number of calls (with `of`, a sum), a `/` and a window of time: `30/min`, `5/10min`. Units are `s` (`sec`, `second`), `m` (`min`, \
         `minute`), `h` (`hour`), `d` (`day`) and their plurals. Windows are fixed and aligned to UTC: a minute begins at second 0, and several \
         units are counted from 1970-01-01T00:00:00Z. They do not slide, so twice as many can pass around the boundary of two windows.",
        "limit send_mail 30/min;\nlimit search_products 5/10s per server;",
    ),
    topic(
        "args",
        "The arguments of the call, as the client sent them: `args.amount`, `args.items[0].sku`, `args.\"odd key\"`. A test of a missing value \
         is false.",
        "deny create_charge when args.amount > 500;",
    ),
    topic(
        "caller",
        "The claims of the caller, as the gateway authenticated it. A target that has none refuses the policy.",
        r#"allow refund_order when caller.role == "finance";"#,
    ),
    topic(
        "[*]",
        "Each element of the array there, under `every` and `some` and at most three times in a path. `every` is false where an element lacks what the \
         path asks for, `some` is true if one element has it.",
        r#"require every args.to[*].email like "*@example.org" for send_mail;"#,
    ),
    topic(
        "glob",
        "A name with one or more `*` in it, each any run of characters: the tools of the catalogue whose names look so. One that matches nothing \
         is an error where the policy relies on it. A tool with such a name is written as a string, which is never a glob.",
        "deny delete_*;",
    ),
];
