//! The words by which a tool's class is inferred.
//!
//! Only words that say the same in nearly every name stand here; a word of many meanings is better missing,
//! because a tool of which nothing is known counts as a write.

use super::Class;

/// How a word is used in names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Use {
    /// Practically always the verb.
    Verb,
    /// Often the thing that another verb speaks of: `list_runs`, `get_order`.
    NounToo,
}

// `query` is missing because a query that the caller writes may do anything, `check` because one checks in, and
// `return` because goods are returned.
const READ: &[&str] = &[
    "browse", "compare", "count", "describe", "fetch", "find", "get", "inspect", "list", "lookup", "read", "retrieve",
    "search", "show", "view",
];

const WRITE: &[&str] = &[
    "accept",
    "add",
    "append",
    "approve",
    "assign",
    "attach",
    "complete",
    "configure",
    "create",
    "disable",
    "edit",
    "enable",
    "finalize",
    "follow",
    "generate",
    "initialize",
    "insert",
    "invite",
    "join",
    "manage",
    "merge",
    "modify",
    "move",
    "mute",
    "provision",
    "publish",
    "put",
    "rename",
    "replace",
    "reply",
    "restore",
    "save",
    "send",
    "submit",
    "subscribe",
    "toggle",
    "unblock",
    "unfollow",
    "unlike",
    "unlock",
    "unmute",
    "unpin",
    "unsubscribe",
    "upsert",
    "write",
];

const WRITE_OR_NOUN: &[&str] = &[
    "block", "close", "comment", "commit", "copy", "fork", "import", "like", "mark", "message", "patch", "pin", "post",
    "push", "schedule", "set", "share", "store", "update", "upload",
];

const EXECUTE: &[&str] = &["eval", "evaluate", "exec", "execute", "invoke"];

const EXECUTE_OR_NOUN: &[&str] = &["deploy", "rerun", "run", "script", "shell", "trigger"];

const DESTRUCTIVE: &[&str] = &[
    "cancel",
    "clear",
    "delete",
    "destroy",
    "drop",
    "erase",
    "kill",
    "overwrite",
    "prune",
    "purge",
    "remove",
    "revoke",
    "rollback",
    "terminate",
    "truncate",
    "uninstall",
    "unlink",
    "wipe",
];

const DESTRUCTIVE_OR_NOUN: &[&str] = &["ban", "reset"];

const FINANCIAL: &[&str] = &["buy", "pay", "refund", "sell", "withdraw"];

const FINANCIAL_OR_NOUN: &[&str] = &["charge", "deposit", "donate", "payout", "purchase"];

const MONEY: &[&str] = &[
    "charge", "charges", "checkout", "funds", "invoice", "invoices", "money", "payment", "payments", "payout",
    "payouts", "refund", "refunds",
];

/// The class that a word in lower case stands for when it is the verb of a name.
pub(super) fn verb(word: &str) -> Option<(Class, Use)> {
    let tables = [
        (FINANCIAL, Class::Financial, Use::Verb),
        (FINANCIAL_OR_NOUN, Class::Financial, Use::NounToo),
        (DESTRUCTIVE, Class::Destructive, Use::Verb),
        (DESTRUCTIVE_OR_NOUN, Class::Destructive, Use::NounToo),
        (EXECUTE, Class::Execute, Use::Verb),
        (EXECUTE_OR_NOUN, Class::Execute, Use::NounToo),
        (WRITE, Class::Write, Use::Verb),
        (WRITE_OR_NOUN, Class::Write, Use::NounToo),
        (READ, Class::Read, Use::Verb),
    ];
    tables.into_iter().find(|(words, _, _)| words.binary_search(&word).is_ok()).map(|(_, class, use_)| (class, use_))
}

/// Whether a word in lower case names money or a demand for it.
pub(super) fn is_money(word: &str) -> bool {
    MONEY.binary_search(&word).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_sorted_and_no_word_stands_in_two() {
        let verbs = [
            READ,
            WRITE,
            WRITE_OR_NOUN,
            EXECUTE,
            EXECUTE_OR_NOUN,
            DESTRUCTIVE,
            DESTRUCTIVE_OR_NOUN,
            FINANCIAL,
            FINANCIAL_OR_NOUN,
        ];
        for table in verbs.iter().chain([&MONEY]) {
            assert!(table.is_sorted(), "{table:?}");
        }
        let mut all: Vec<_> = verbs.concat();
        all.sort_unstable();
        assert!(all.windows(2).all(|pair| pair[0] != pair[1]));
    }
}
