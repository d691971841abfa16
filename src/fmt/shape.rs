//! What a tree says, without places and spelling: the formatter must not change it.

use crate::source::Span;
use crate::syntax::ast::{
    Assert, Atom, Call, Claim, Clauses, Effect, Expr, ExprKind, File, Ident, Item, ItemKind, JsonText, LetValue, List,
    Literal, Number, Operand, Path, Rate, Rule, Selection, SelectionItem, SelectionKind, Step, StepKind, Test,
    ValueTest,
};
use crate::syntax::print::is_bare;

/// The tree with all places at zero, without empty statements, and with tools in quotes that need none as names.
pub(super) fn shape(file: &File) -> File {
    let mut file = file.clone();
    items(&mut file.items);
    file
}

fn clear(span: &mut Span) {
    *span = Span::default();
}

fn items(list: &mut Vec<Item>) {
    list.retain(|item| item.kind != ItemKind::Empty);
    for item in list {
        clear(&mut item.span);
        match &mut item.kind {
            ItemKind::Server { name, path } => [name, path].into_iter().for_each(ident),
            ItemKind::Import { path } => ident(path),
            ItemKind::Let { name, value } => {
                ident(name);
                let_value(value);
            }
            ItemKind::Group { name, selection: tools } => {
                ident(name);
                selection(tools);
            }
            ItemKind::Rule(rule) => self::rule(rule),
            ItemKind::Policy { name, items: inner } => {
                ident(name);
                items(inner);
            }
            ItemKind::Assert(assert) => self::assert(assert),
            ItemKind::Test(test) => self::test(test),
            ItemKind::Empty | ItemKind::Error => {}
        }
    }
}

fn ident(ident: &mut Ident) {
    clear(&mut ident.span);
}

fn number(number: &mut Number) {
    clear(&mut number.span);
}

fn let_value(value: &mut LetValue) {
    match value {
        LetValue::Literal(value) => literal(value),
        LetValue::List(values, span) => {
            clear(span);
            values.iter_mut().for_each(literal);
        }
        LetValue::Error => {}
    }
}

fn literal(literal: &mut Literal) {
    clear(&mut literal.span);
}

fn rule(rule: &mut Rule) {
    match &mut rule.effect {
        Effect::Limit { total, rate: tight } => {
            total.iter_mut().for_each(clear);
            rate(tight);
        }
        Effect::Require(condition) => expr(condition),
        Effect::Allow | Effect::Deny | Effect::Hide | Effect::Approval => {}
    }
    selection(&mut rule.selection);
    clauses(&mut rule.clauses);
}

fn assert(assert: &mut Assert) {
    if let Claim::Limit(tight) = &mut assert.claim {
        rate(tight);
    }
    selection(&mut assert.selection);
    clauses(&mut assert.clauses);
    assert.valid.iter_mut().for_each(clear);
}

fn rate(rate: &mut Rate) {
    number(&mut rate.max);
    clear(&mut rate.window.span);
    clear(&mut rate.span);
}

fn clauses(clauses: &mut Clauses) {
    let Clauses { of, per, when, counter, because } = clauses;
    of.iter_mut().for_each(path);
    per.iter_mut().for_each(|scope| clear(&mut scope.span));
    if let Some(when) = when {
        clear(&mut when.span);
        expr(&mut when.condition);
    }
    counter.iter_mut().chain(because).for_each(ident);
}

fn selection(selection: &mut Selection) {
    clear(&mut selection.span);
    for item in selection.items.iter_mut().chain(&mut selection.except) {
        let SelectionItem { server, kind, span } = item;
        clear(span);
        server.iter_mut().for_each(ident);
        if let SelectionKind::Quoted(name) = kind
            && is_bare(name)
        {
            *kind = SelectionKind::Name(std::mem::take(name));
        }
    }
}

/// Recurses as deep as the parser lets conditions be.
fn expr(condition: &mut Expr) {
    clear(&mut condition.span);
    condition.depth = 0;
    match &mut condition.kind {
        ExprKind::Or(parts) | ExprKind::And(parts) => parts.iter_mut().for_each(expr),
        ExprKind::Not(inner) => expr(inner),
        ExprKind::Atom(atom) => self::atom(atom),
        ExprKind::Error => {}
    }
}

fn atom(atom: &mut Atom) {
    match atom {
        Atom::Has(subject) => path(subject),
        Atom::Test(subject, test) | Atom::Every(subject, test) | Atom::Some(subject, test) => {
            path(subject);
            match test {
                ValueTest::In { list: List::Name(name), .. } => ident(name),
                ValueTest::In { list: List::Items(values, span), .. } => {
                    clear(span);
                    values.iter_mut().for_each(operand);
                }
                ValueTest::Compare(_, value)
                | ValueTest::Contains(value)
                | ValueTest::Like(value)
                | ValueTest::Matches(value) => operand(value),
            }
        }
        Atom::Length(subject, _, value) => {
            path(subject);
            operand(value);
        }
    }
}

fn operand(operand: &mut Operand) {
    match operand {
        Operand::Literal(value) => literal(value),
        Operand::Name(name) => ident(name),
        Operand::Error(span) => clear(span),
    }
}

fn path(path: &mut Path) {
    clear(&mut path.span);
    path.segments.iter_mut().for_each(|segment| clear(&mut segment.span));
}

fn test(test: &mut Test) {
    ident(&mut test.name);
    test.steps.retain(|step| step.kind != StepKind::Empty);
    for Step { kind, span } in &mut test.steps {
        clear(span);
        match kind {
            StepKind::Call(call) => self::call(call),
            StepKind::Wait(duration) => clear(&mut duration.span),
            StepKind::Empty | StepKind::Error => {}
        }
    }
}

fn call(call: &mut Call) {
    let Call { server, tool, arguments, from, grant, times, outcome } = call;
    server.iter_mut().chain([tool]).chain(grant).for_each(ident);
    arguments.iter_mut().chain(from).for_each(|JsonText { span, .. }| clear(span));
    times.iter_mut().for_each(number);
    clear(&mut outcome.span);
    outcome.text.iter_mut().for_each(ident);
}
