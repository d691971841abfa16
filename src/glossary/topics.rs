//! Entries for what is not a single word or operator: sets, scopes, windows of time, globs.

use super::{Within, Word};

const fn topic(text: &'static str, meaning: &'static str, example: &'static str) -> Word {
    Word { kind: None, within: Within::Any, text, meaning, example }
}

/// The built-in sets of classes.
pub(super) const SETS: &[Word] = &[
    topic(
        "@read",
        "Built-in set of the tools that only read (severity low). A tool is in it only if nothing says that it does more.",
        "allow @read;",
    ),
    topic(
        "@write",
        "Built-in set of the tools that add or change something (severity medium) and are in none of `@execute`, `@destructive` and `@financial`. \
         `@changes` has every tool that does more than read.",
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
        "Built-in set of the tools that delete something, perhaps for good (severity critical). A tool can be in `@execute` or `@financial` too.",
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

/// The built-in sets of tags.
pub(super) const TAGS: &[Word] = &[
    topic(
        "@sends",
        "Built-in set of the tools with the tag `sends`, which reach people: they send mail and messages, post, comment, invite.",
        "limit @sends 20/hour;",
    ),
    topic(
        "@open_world",
        "Built-in set of the tools with the tag `open_world`, which take in what strangers wrote: web pages, mail, comments. Such text \
         can contain instructions to an agent.",
        "require approval for @open_world;",
    ),
    topic(
        "@secrets",
        "Built-in set of the tools with the tag `secrets`, which read, make or change passwords, keys and tokens.",
        "deny @secrets;",
    ),
    topic(
        "@permissions",
        "Built-in set of the tools with the tag `permissions`, which change who may do what: they share, invite, assign roles.",
        r#"require approval by "administrators" for @permissions;"#,
    ),
    topic(
        "@bulk",
        "Built-in set of the tools with the tag `bulk`, which act on many things in one call.",
        "require approval for @bulk;",
    ),
];

/// What holds for each of [`TAGS`].
pub(super) const OF_TAGS: &str = "A tool has its tags beside its class. They are inferred from the catalogue; where they are not what the tool does, \
                                  `[tags.SERVER]` in policyc.toml sets them. A group of the same name takes the place of the set. The set \
                                  opens tools only in an `allow`; elsewhere it bounds what other rules open.";

/// What holds for each of [`SETS`].
pub(super) const OF_SETS: &str = "Its tools come from the catalogue. If names and descriptions do not show the class of a tool, `[classes.SERVER]` in \
                                  policyc.toml sets it. The set opens tools only in an `allow`; elsewhere it bounds what other rules open.";

/// Who shares a count.
pub(super) const SCOPES: &[Word] = &[
    topic(
        "per grant",
        "Each grant (token) has its own count. This is the default. If a gateway has no grants, all calls share one count.",
        "limit send_mail 30/min per grant;",
    ),
    topic("per server", "One count for all callers together.", "limit send_mail 30/min per server;"),
    topic(
        "per caller",
        "One count for each value of this claim of the caller. Callers whose claim is missing, null, an array or an object share one count.",
        "limit send_mail 30/min per caller.team;",
    ),
];

/// Terms that are no single word, or mean more than their words.
pub(super) const TERMS: &[Word] = &[
    topic(
        "policy",
        "A policy says which tool calls pass, with which arguments, how often, and who must approve them. The order of statements never matters: \
         `deny` beats everything, and calls of tools that no rule opens are denied. This small one is a complete file, say `support.pol`; \
         `policyc check support.pol` checks it.",
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
        "The claims of the caller, as the gateway authenticated them. A target without claims refuses the policy.",
        r#"allow refund_order when caller.role == "finance";"#,
    ),
    topic(
        "[*]",
        "Stands for each element of the array at that point of a path, under `every` and `some`, at most three times in a path. `every` is false if an \
         element lacks the rest of the path; `some` is true if the test holds for one element.",
        r#"require every args.to[*].email like "*@example.org" for send_mail;"#,
    ),
    topic(
        "glob",
        "A name with one or more `*`, each for any run of characters. It selects the tools of the catalogue whose names match. A glob that matches \
         nothing is an error where the policy relies on it. Write a tool whose own name has a `*` as a string, which is never a glob.",
        "deny delete_*;",
    ),
];
