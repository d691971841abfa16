//! The tree of a policy file.
//!
//! It holds what the author wrote, with places, and says nothing about what names refer to. Where the text
//! was broken it has `Error` nodes; the diagnostics that go with them are in [`Parse`](super::Parse). Depth
//! is bounded by the parser, so functions over the tree may recurse.

use std::sync::Arc;

use crate::decimal::Decimal;
use crate::predicate::{Comparison, PathRoot};
use crate::source::Span;

/// A piece of text that is a name, with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ident {
    /// The name.
    pub text: String,
    /// Its place.
    pub span: Span,
}

/// A string with its place; the text is unescaped.
pub type Str = Ident;

/// A whole file, or the inside of a block.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct File {
    /// The statements in order.
    pub items: Vec<Item>,
}

/// One statement with its place: from the first token to the closing `;` or `}`, if there is one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// The statement.
    pub kind: ItemKind,
    /// Its place.
    pub span: Span,
}

/// The kinds of statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ItemKind {
    /// `server NAME from STRING;`
    Server {
        /// The server's name.
        name: Ident,
        /// The catalogue, relative to this file.
        path: Str,
    },
    /// `import STRING;`
    Import {
        /// The imported file, relative to this one.
        path: Str,
    },
    /// `let NAME = VALUE;`
    Let {
        /// The declared name.
        name: Ident,
        /// Its value.
        value: LetValue,
    },
    /// `group NAME = SELECTION;`
    Group {
        /// The declared name, without `@`.
        name: Ident,
        /// What it stands for.
        selection: Selection,
    },
    /// A statement that decides calls. It is shared by the trees of all texts that have it at the same place.
    Rule(Arc<Rule>),
    /// `policy NAME { ... }`
    Policy {
        /// The policy's name.
        name: Ident,
        /// What stands in the block.
        items: Vec<Item>,
    },
    /// `assert ...;`
    Assert(Box<Assert>),
    /// `test STRING { ... }`
    Test(Test),
    /// A lone `;`.
    Empty,
    /// A statement that could not be read.
    Error,
}

/// The value of a `let`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LetValue {
    /// One literal.
    Literal(LiteralExpr),
    /// `[LITERAL, ...]`
    List(Vec<LiteralExpr>, Span),
    /// Could not be read.
    Error,
}

/// A statement that decides calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// What it does.
    pub effect: Effect,
    /// The tools it is about.
    pub selection: Selection,
    /// What follows.
    pub clauses: Clauses,
}

/// What a rule does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// `allow`
    Allow,
    /// `deny`
    Deny,
    /// `hide`
    Hide,
    /// `limit`
    Limit {
        /// `total`: one counter for all selected tools.
        total: Option<Span>,
        /// How many, how often.
        rate: Rate,
    },
    /// `require CONDITION for`
    Require(Expr),
    /// `require approval for`
    Approval {
        /// `by STRING`: who must say yes.
        by: Option<Str>,
    },
}

impl Effect {
    /// The words that begin the statement.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Deny => "deny",
            Self::Hide => "hide",
            Self::Limit { total: None, .. } => "limit",
            Self::Limit { total: Some(_), .. } => "limit total",
            Self::Require(_) => "require",
            Self::Approval { .. } => "require approval",
        }
    }
}

/// The optional parts of a rule or assertion. Which ones a statement takes is checked by the parser.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Clauses {
    /// `of PATH`
    pub of: Option<Path>,
    /// `per SCOPE`
    pub per: Option<Scope>,
    /// `when CONDITION` or `unless CONDITION`
    pub when: Option<When>,
    /// `as STRING`
    pub counter: Option<Str>,
    /// `because STRING`
    pub because: Option<Str>,
}

/// `when C` or `unless C`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct When {
    /// Whether it was `unless`.
    pub unless: bool,
    /// The condition as written.
    pub condition: Expr,
    /// The whole clause.
    pub span: Span,
}

/// The scope of a limit: who shares a count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    /// Which.
    pub kind: ScopeKind,
    /// Its place.
    pub span: Span,
}

/// The kinds of scope.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ScopeKind {
    /// Each grant (token) has its own count.
    Grant,
    /// One count for all.
    Server,
    /// One count for each value of a claim of the caller.
    Caller(String),
}

/// `N/[K]UNIT`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rate {
    /// The most that may pass in a window.
    pub max: Number,
    /// The window.
    pub window: Duration,
    /// The whole.
    pub span: Span,
}

/// A number as written and its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Number {
    /// As written.
    pub text: String,
    /// Its value.
    pub value: Decimal,
    /// Its place.
    pub span: Span,
}

/// `[K]UNIT`: a length of time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Duration {
    /// The length in seconds; at least 1.
    pub seconds: u64,
    /// Its place.
    pub span: Span,
}

/// A set of tools: items, without the excepted ones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selection {
    /// At least one.
    pub items: Vec<SelectionItem>,
    /// What stands after `except`.
    pub except: Vec<SelectionItem>,
    /// The whole.
    pub span: Span,
}

/// One item of a selection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SelectionItem {
    /// The server in front of `::`.
    pub server: Option<Ident>,
    /// What is selected.
    pub kind: SelectionKind,
    /// The whole, with the server.
    pub span: Span,
}

/// What an item of a selection selects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SelectionKind {
    /// A tool by its bare name.
    Name(String),
    /// A tool by its name as a string.
    Quoted(String),
    /// Tools whose names match.
    Glob(String),
    /// `*`
    Everything,
    /// `@name`, without the `@`.
    Set(String),
    /// Could not be read.
    Error,
}

/// A condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expr {
    /// What it is.
    pub kind: ExprKind,
    /// Its place, parentheses included.
    pub span: Span,
    /// Levels below this one.
    pub depth: u16,
}

/// The kinds of condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ExprKind {
    /// At least two, none of them an `Or`.
    Or(Vec<Expr>),
    /// At least two, none of them an `And`.
    And(Vec<Expr>),
    /// The opposite.
    Not(Box<Expr>),
    /// A test of one value.
    Atom(Box<Atom>),
    /// Could not be read.
    Error,
}

/// A test of one value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Atom {
    /// `has PATH`
    Has(Path),
    /// `PATH TEST`
    Test(Path, ValueTest),
    /// `every PATH TEST`; only here and in the next may a path have `[*]`.
    Every(Path, ValueTest),
    /// `some PATH TEST`
    Some(Path, ValueTest),
    /// `length(PATH) CMP N`
    Length(Path, Comparison, Operand),
}

impl Atom {
    /// The path it reads.
    #[must_use]
    pub const fn path(&self) -> &Path {
        match self {
            Self::Has(path)
            | Self::Test(path, _)
            | Self::Every(path, _)
            | Self::Some(path, _)
            | Self::Length(path, _, _) => path,
        }
    }
}

/// The right-hand part of a test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ValueTest {
    /// `== V` and the like.
    Compare(Comparison, Operand),
    /// `in LIST`, `not in LIST`
    In {
        /// Whether it was `not in`.
        negated: bool,
        /// The list.
        list: List,
    },
    /// `contains V`
    Contains(Operand),
    /// `like STRING`, `like [STRING, ...]`
    Like(Patterns),
    /// `matches STRING`, `matches [STRING, ...]`
    Matches(Patterns),
}

/// The right-hand side of `like` and `matches`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Patterns {
    /// A pattern, or a `let` name that stands for one or for a list of them.
    One(Operand),
    /// `[STRING, ...]`: one of them must match.
    Any(Vec<Operand>, Span),
}

impl Patterns {
    /// The patterns as they are written.
    #[must_use]
    pub fn operands(&self) -> &[Operand] {
        match self {
            Self::One(operand) => std::slice::from_ref(operand),
            Self::Any(operands, _) => operands,
        }
    }

    /// Its place.
    #[must_use]
    pub const fn span(&self) -> Span {
        match self {
            Self::One(operand) => operand.span(),
            Self::Any(_, span) => *span,
        }
    }
}

/// A value in a condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Operand {
    /// Written out.
    Literal(LiteralExpr),
    /// A `let` name.
    Name(Ident),
    /// Could not be read.
    Error(Span),
}

impl Operand {
    /// Its place.
    #[must_use]
    pub const fn span(&self) -> Span {
        match self {
            Self::Literal(literal) => literal.span,
            Self::Name(name) => name.span,
            Self::Error(span) => *span,
        }
    }
}

/// The right-hand side of `in`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum List {
    /// `[V, ...]`
    Items(Vec<Operand>, Span),
    /// A `let` name that stands for a list.
    Name(Ident),
}

/// A literal with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LiteralExpr {
    /// Its value.
    pub value: LiteralValue,
    /// Its place.
    pub span: Span,
}

/// The value of a literal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LiteralValue {
    /// A string, unescaped.
    Str(String),
    /// A number: as written, and its value.
    Number(String, Decimal),
    /// `true` or `false`
    Bool(bool),
    /// `null`
    Null,
}

/// `args.a.b[0]` or `caller.claim`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Path {
    /// What it starts from.
    pub root: Option<PathRoot>,
    /// At least one, unless the path could not be read.
    pub segments: Vec<Segment>,
    /// The whole.
    pub span: Span,
}

/// One step of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segment {
    /// Which.
    pub kind: SegmentKind,
    /// Its place, without the dot or with the brackets.
    pub span: Span,
}

/// The kinds of step.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SegmentKind {
    /// The value under a key of an object.
    Key(String),
    /// An element of an array, from 0.
    Index(u32),
    /// Each element of an array: `[*]`.
    Each,
}

/// `assert ...`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assert {
    /// What is demanded.
    pub demand: Demand,
    /// Of which tools.
    pub selection: Selection,
    /// What follows; only `per` and `when` occur.
    pub clauses: Clauses,
    /// `for valid calls`: only calls that satisfy the inputSchema.
    pub valid: Option<Span>,
}

/// What an assertion demands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Demand {
    /// Always denied.
    Deny,
    /// Never denied and never held, limits aside.
    Allow,
    /// Under a limit at least as tight.
    Limit(Rate),
    /// Never allowed without approval.
    Approval,
}

/// `test STRING { ... }`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Test {
    /// What the test is about.
    pub name: Str,
    /// The steps in order.
    pub steps: Vec<Step>,
}

/// One step of a test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// What happens.
    pub kind: StepKind,
    /// Its place, with the `;` if there is one.
    pub span: Span,
}

/// What a step of a test does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StepKind {
    /// `call TOOL [JSON] ... -> OUTCOME`
    Call(Box<Call>),
    /// `wait 1min`
    Wait(Duration),
    /// A lone `;`.
    Empty,
    /// Could not be read.
    Error,
}

/// A call in a test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// The server in front of `::`.
    pub server: Option<Ident>,
    /// The tool.
    pub tool: Ident,
    /// Its arguments; `{}` when left out.
    pub arguments: Option<JsonText>,
    /// The caller's claims.
    pub from: Option<JsonText>,
    /// The grant that the call comes under.
    pub grant: Option<Str>,
    /// The word `approved`: a person has said yes to the call.
    pub approved: Option<Span>,
    /// How often the call is made.
    pub times: Option<Number>,
    /// What must come of it, each time.
    pub outcome: ExpectedOutcome,
}

/// A JSON value in a test, with canonical spacing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JsonText {
    /// One line: `{"a": 1, "b": [2, 3]}`.
    pub text: String,
    /// Its place.
    pub span: Span,
}

/// The expected outcome of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpectedOutcome {
    /// Which.
    pub kind: OutcomeKind,
    /// Text that must occur in the reason, the rule or the counter of a denial.
    pub text: Option<Str>,
    /// The whole.
    pub span: Span,
}

/// The kinds of outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OutcomeKind {
    /// `allow`
    Allow,
    /// `deny`
    Deny,
    /// `approval`
    Approval,
}
