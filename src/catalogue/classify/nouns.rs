//! The nouns that decide what a verb does: what is money, what is a secret, what the verb is about.

use std::sync::OnceLock;

use super::lists::Words;

/// A kind of noun. A word can be of several kinds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Noun {
    /// Money, or a demand for it, or what commits someone to pay.
    Money,
    /// What is paid with: money where something is sent, moved, created on a chain.
    Currency,
    /// What money is given up for, or claimed back by: weak evidence.
    Claim,
    /// Verbs with which `token` and `transaction` are money.
    Moves,
    /// Things about money that are no money: a note on an invoice, the template of one.
    AboutMoney,
    /// What stands before `subscription` or `order` where they have nothing to do with money.
    NotPaid,
    /// What stands before `subscription` where it costs something.
    Paid,
    /// What an order is given to: `set_order` arranges things.
    Arranges,
    /// What a picture or copy of a state is called: taking one changes nothing.
    Picture,
    /// Keys, passwords and the like.
    Secret,
    /// What a `key` or `token` is where it is secret.
    SecretKind,
    /// Programs and languages that run what they are given.
    Interpreter,
    /// Words for taking something away that another verb is about: `run_cleanup`.
    Removal,
    /// What others find by its name or place.
    Place,
    /// Programs that work by themselves on a text that they are given.
    Agent,
    /// Programs that are installed and upgraded.
    Program,
    /// Things that hold code to be run later.
    KeepsCode,
    /// Things that a tool without a verb tells: `server_info`.
    Told,
    /// Words with which a query, a test or a search runs, which then only reads.
    Question,
    /// Words after which the object of a verb is over.
    Preposition,
    /// Nouns of resources, with which a name begins that has its verb later: `storage_account_list`. A word that is
    /// none of them may be a verb that no list has.
    Resource,
}

const LISTS: [(Noun, &str); 21] = [
    (Noun::Money, MONEY),
    (Noun::Currency, CURRENCY),
    (Noun::Claim, CLAIM),
    (Noun::Moves, MOVES),
    (Noun::AboutMoney, ABOUT_MONEY),
    (Noun::NotPaid, NOT_PAID),
    (Noun::Paid, PAID),
    (Noun::Arranges, ARRANGES),
    (Noun::Picture, PICTURE),
    (Noun::Secret, SECRET),
    (Noun::SecretKind, SECRET_KIND),
    (Noun::Interpreter, INTERPRETER),
    (Noun::Removal, REMOVAL),
    (Noun::Place, PLACE),
    (Noun::Agent, AGENT),
    (Noun::Program, PROGRAM),
    (Noun::KeepsCode, KEEPS_CODE),
    (Noun::Told, TOLD),
    (Noun::Question, QUESTION),
    (Noun::Preposition, PREPOSITION),
    (Noun::Resource, RESOURCE),
];

impl Noun {
    /// Whether a word in lower case is of this kind.
    pub(super) fn has(self, word: &str) -> bool {
        static ALL: OnceLock<Words<u32>> = OnceLock::new();
        let all = ALL.get_or_init(|| {
            let mut all = Words::with_capacity_and_hasher(1024, Default::default());
            for (noun, words) in LISTS {
                for word in words.split_ascii_whitespace() {
                    *all.entry(word).or_insert(0) |= 1 << noun as u32;
                }
            }
            all
        });
        all.get(word).is_some_and(|kinds| kinds & (1 << self as u32) != 0)
    }
}

/// Whether a word is known to be a noun, in the singular or plural.
pub(super) fn is_resource(word: &str) -> bool {
    let is = |word: &str| Noun::Resource.has(word);
    let stem = || word.strip_suffix('s');
    is(word)
        || stem().is_some_and(is)
        || stem().and_then(|stem| stem.strip_suffix('e')).is_some_and(is)
        || word.strip_suffix("ies").is_some_and(|stem| is(&format!("{stem}y")))
}

const MONEY: &str = "ach bid bids billing booking bookings charge charges checkout deposit deposits \
    donation donations fund funds invoice invoices money order orders payment payments payout payouts \
    payroll purchase purchases refund refunds reservation reservations salary salaries subscription subscriptions trade trades transfer \
    transfers withdrawal withdrawals";
const CURRENCY: &str = "bitcoin btc cash coin coins crypto erc eth ether lamports sats sol token tokens transaction \
    transactions usd usdc usdt eur nft nfts money funds";
const CLAIM: &str =
    "chargeback chargebacks coupon coupons discount discounts dispute disputes giftcard promo voucher vouchers";
const MOVES: &str = "airdrop approve bridge broadcast burn mint move send sign submit transfer swap";
const ABOUT_MONEY: &str = "attachment category comment comments custom document documents email emails field fields \
    file files filter label labels log logs metadata note notes notification notifications pdf reminder report reports status \
    tag tags template templates type types view views webhook webhooks alert alerts rule rules tracking";
const NOT_PAID: &str = "alert column display draw email event eventgrid events feed field graphql group issue layer mail \
    mailing newsletter notification notifications push pubsub queue render repository row servicebus sort sorting sns tab topic webhook \
    webhooks z azure work execution lexical";
const PAID: &str =
    "account billing customer member membership monthly paid plan premium recurring stripe paypal user yearly sent";
const ARRANGES: &str = "set sort change rearrange get toggle";

const PICTURE: &str =
    "screenshot screenshots snapshot snapshots heap image photo picture frame screen thumbnail viewport";
const SECRET: &str = "apikey apikeys appsettings certificate certificates cookie cookies credential credentials creds envvar envvars \
    jwt keychain keyvault key keys kubeconfig localstorage mnemonic otp passphrase passphrases password passwords passwd secret secrets \
    sessionstorage token tokens totp vault";
const SECRET_KIND: &str = "access admin anon api auth bearer client encryption host master oauth pgp primary private publishable read \
    recovery root refresh secret security service session shared signing ssh webhook storage account";

const INTERPRETER: &str = "bash cli cmd curl command commands eval javascript js jupyter kubectl powershell pwsh python repl ruby sandbox sh shell \
    sql subprocess terminal zsh cypher gremlin code process";
const REMOVAL: &str = "cleanup deletion destruction eviction prune pruning purge removal reset shutdown teardown truncation uninstall \
    wipe";
const PLACE: &str = "branch bucket collection collections column container database db directory domain file files folder index namespace path \
    project repo repository schema table tables workspace";
const AGENT: &str = "agent agents subagent subagents copilot swarm crew";
const PROGRAM: &str = "addon addons chart charts dependencies dependency driver extension extensions firmware helm library module modules \
    package packages plugin plugins program software toolchain";
const KEEPS_CODE: &str = "cron function functions handler hook hooks lambda macro macros notebook script scripts startup trigger userscript \
    worker workers";
const TOLD: &str = "analytics catalog changelog children comments count definition definitions description detail details diagnostics \
    diffs docs documentation examples findings graph guide guidance health help history hierarchy indexes info information insights \
    inventory issues items keys languages leaderboard list logs messages metadata metrics names news overview price prices quota quotas \
    quote quotes reference report reports requests results schema schemas screenshot settings size snapshot snapshots state statistics \
    stats status structure summary time timeline tree trends types usage values version versions weather whoami yesterday practices \
    recommendations";
const QUESTION: &str = "analysis audit audits check checks diagnostic diagnostics explain find lookup metric metrics promql logql \
    query queries report retrieval reports scan scans search searches select";
const PREPOSITION: &str = "about across against as at by during for from in into of on onto over per since to under until using via \
    with within without";

const RESOURCE: &str = "access account action activity admin agent alarm alert app application article artifact asset \
    attachment auth backup bank board bot bucket build calendar campaign card cart case catalog category certificate channel chart chat \
    client cloud cluster code collection column comment commit company component config configuration contact container content \
    conversation course credential customer dashboard data database dataset datasource db deal deployment device directory disk doc \
    docker document domain drive driver element email employee endpoint entity environment event expense extension feature feed \
    field file firewall flow folder form function gateway git github gitlab gmail google graph group guide history host hub identity image \
    inbox incident index instance integration inventory invoice issue item job key label lead library link log machine mail \
    map member memory message metric migration milestone model module monitor namespace network node note notebook notification object \
    order org organization package page payment people permission person photo pipeline plan plugin pod policy pool post price \
    process product profile project prompt property provider pull query queue record region registry release repo report repository request \
    resource review role room route rule run sandbox schedule schema secret section segment server service session setting sheet site \
    slack snapshot space spec sql stack stage state storage store stream subscription survey table tag target task team template tenant \
    test text theme thread ticket time token topic trace transaction trigger user vault version video view vm volume wallet web \
    webhook widget wiki window worker workflow workspace zone kv api browser system aws azure gcp jira notion linear company";
