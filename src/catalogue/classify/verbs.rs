//! The verbs that names and descriptions of tools use, and what a tool does that they begin.
//!
//! The lists come from general knowledge of APIs, not from the tools of one server. A verb of many meanings is better missing,
//! because a tool of which nothing is known counts as a write.

use std::sync::OnceLock;

use super::Class;
use super::lists::Words;

/// What a verb says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Verb {
    /// The class of a tool that does this.
    pub(super) class: Class,
    /// Often the thing that another verb is about: `list_runs`, `get_order`.
    pub(super) noun: bool,
    /// A change that may lose what was there before, such as `set` or `restart`.
    pub(super) loses: bool,
    /// A change that may be none, because all it makes is its answer, such as `generate` or `convert`.
    pub(super) produces: bool,
}

const READ: &str = "aggregate answer analyse analyze audit browse calculate check classify compare count crawl decode describe detect diagnose \
    diff discover echo enumerate estimate examine explain explore extract fetch filter find forecast geocode get grep identify \
    inspect introspect learn list locate lookup measure paginate parse peek ping poll predict preview profile query \
    rank read recognize recommend research retrieve review scan score scrape search see show status suggest summarise summarize \
    tail translate validate verify view wait watch";
/// Readings that are as often the thing that is read, or that qualify another noun: `read_replica`, `search_index`.
const READ_OR_NOUN: &str = "audit check count diff filter find forecast list lookup ping poll preview profile query rank read \
    research review scan score search show status view wait watch";

const WRITE: &str = "accept acknowledge activate adapt add adjust align amend annotate append apply approve arrange assign authorize \
    associate attach back backup begin bind bookmark bump capture change checkin checkout choose claim click clone close collapse \
    collect comment commit complete compose compress configure confirm connect continue convert copy cordon create createorupdate \
    customize decline define delegate demote dequeue deny detach disable disassociate disconnect dismiss double download draft drag \
    duplicate edit email emulate enable encrypt endorse enqueue enrich enroll ensure escalate exclude exercise expand export extend \
    favorite fill finalise finalize finish fix follow fork format forward freeze generate grant group hide halt highlight hold hover \
    import include increment index indicate ingest init initialise initialize initiate insert instantiate interact invite issue join \
    label launch leave like link load lock log login logout maintain make manage map mark maximize mention merge message migrate mirror \
    mkdir mock modify mount move mute name navigate nominate notify open optimize organize overwrite pan park patch pause persist pin \
    place plan populate post prepare press process promote propose protect provision publish pull push put queue react rearrange \
    reassign rebase rebuild recategorize recolor reconcile reconfigure record recreate redeliver redo refactor refine refresh register \
    reindex reject release remember remind rename reopen reorder repair reply report reposition request reschedule repost resend \
    reserve reshare resize resolve respond restart restore restrict resume retag retry retweet revise rotate reboot save scale schedule \
    scroll seed select send set setup share sign simulate snooze split stage star start stop store stub submit subscribe suspend switch \
    sync synchronize tag tap take toggle touch track train transfer transform transition tune turn tweet type unarchive unban unassign \
    unassociate unblock unfollow unfreeze unhide unlike unlock unmark unmute unpark unpause unpin unset unstar unsubscribe update \
    upgrade upload upsert uptime use vote withdrawal write zip archive block untag downgrade failover unmount unpublish deactivate \
    unregister deregister rewrite replace reclassify regenerate pair park crop crosspost draw paint render paste bulk";
const WRITE_OR_NOUN: &str = "adapt back backup block bookmark bump bulk capture change claim click clone close comment commit copy \
    download double draft email export favorite filter format fork group halt hold hover import index issue label launch like link load \
    lock log login map mark mention merge message mirror mock mount name open pan park patch pause pin place plan post press process \
    pull push queue record release report request reserve schedule scroll seed select set setup share sign split stage star start stop \
    store stub switch sync tag tap touch track train transfer transform turn tweet type update upgrade upload uptime use vote \
    withdrawal zip archive downgrade failover invite snooze scale project refresh backup complete react retry restart format document \
    draw paint render pair crop paste restore";
/// Changes that may lose what was there, or interrupt what runs.
const LOSES: &str = "apply archive block close deactivate deregister detach disable disassociate disconnect dismiss failover halt leave \
    overwrite patch put reboot reassign recreate reject replace restart restore rewrite rotate scale set stop suspend \
    unassign unmount unpublish unregister unset cordon freeze pause";

/// Changes that may be none, because all that they make may be their answer.
const PRODUCES: &str = "compose convert download export format generate open render resolve transform";

const EXECUTE: &str = "call compile deploy dispatch eval evaluate exec execute install interpret invoke orchestrate \
    reinstall rerun run script shell spawn ssh trigger sudo";
const EXECUTE_OR_NOUN: &str = "call deploy dispatch exec rerun run script shell ssh trigger";

const DESTRUCTIVE: &str = "abort ban bulkdelete cancel cleanup clean clear decommission delete del deprovision destroy \
    detonate discard drain drop empty eradicate erase evict expel expire expunge factoryreset flush hangup kick kill \
    nuke obliterate offboard overwrite pop poweroff prune purge reap recycle remove reset revert revoke rm rmdir rollback scrub \
    shred shutdown squash sweep takedown teardown terminate trash truncate undeploy uninstall unlink unprovision unsend vacuum \
    void wipe zap undo ditch invalidate";
const DESTRUCTIVE_OR_NOUN: &str = "ban clean cleanup discard drop empty expire kick kill pop recycle reset revert rm rollback squash sweep \
    trash vacuum void zap drain flush shutdown abort undo";

const FINANCIAL: &str = "bet bid bill book bribe buy charge crowdfund debit deposit disburse donate fund gamble hire invest liquidate lend \
    mint monetize order overpay pay payout prepay purchase recharge redeem refund reimburse remit rent repay sell settle spend stake swap tip \
    topup trade underwrite unstake wager wire withdraw cashout";
const FINANCIAL_OR_NOUN: &str = "bet bid bill book charge debit deposit fund hire mint order payout purchase recharge refund rent spend stake \
    swap tip trade wire wager";

/// What a word in lower case says when it is the verb of a name.
pub(super) fn verb(word: &str) -> Option<Verb> {
    static ALL: OnceLock<Words<Verb>> = OnceLock::new();
    ALL.get_or_init(table).get(word).copied()
}

fn table() -> Words<Verb> {
    let mut all = Words::with_capacity_and_hasher(1024, Default::default());
    // A word that stands in several lists has the most severe class.
    let lists = [
        (READ, Class::Read),
        (WRITE, Class::Write),
        (EXECUTE, Class::Execute),
        (DESTRUCTIVE, Class::Destructive),
        (FINANCIAL, Class::Financial),
    ];
    for (words, class) in lists {
        all.extend(
            words.split_whitespace().map(|word| (word, Verb { class, noun: false, loses: false, produces: false })),
        );
    }
    for words in [READ_OR_NOUN, WRITE_OR_NOUN, EXECUTE_OR_NOUN, DESTRUCTIVE_OR_NOUN, FINANCIAL_OR_NOUN] {
        for word in words.split_whitespace() {
            if let Some(verb) = all.get_mut(word) {
                verb.noun = true;
            }
        }
    }
    for word in LOSES.split_whitespace() {
        if let Some(verb) = all.get_mut(word) {
            verb.loses = true;
        }
    }
    for word in PRODUCES.split_whitespace() {
        if let Some(verb) = all.get_mut(word) {
            verb.produces = true;
        }
    }
    all
}

/// The verb that a word of a sentence is a form of: "creates", "creating" and "create" are forms of `create`.
pub(super) fn form(word: &str) -> Option<(Verb, Form)> {
    if let Some(found) = verb(word) {
        return Some((found, Form::Base));
    }
    if let Some(stem) = word.strip_suffix('s') {
        let y = stem.strip_suffix("ie").map(|stem| format!("{stem}y"));
        let found = verb(stem).or_else(|| verb(stem.strip_suffix('e')?)).or_else(|| verb(&y?));
        return found.map(|found| (found, Form::Third));
    }
    let stem = word.strip_suffix("ing").filter(|stem| stem.len() > 1)?;
    let doubled = || {
        let last = stem.chars().next_back()?;
        let short = stem.strip_suffix(last)?;
        short.ends_with(last).then_some(short)
    };
    let found = verb(stem).or_else(|| verb(&format!("{stem}e"))).or_else(|| verb(doubled()?));
    found.map(|found| (found, Form::Gerund))
}

/// How a verb of a sentence is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// "delete"
    Base,
    /// "deletes"
    Third,
    /// "deleting"
    Gerund,
}
