//! Visits every span of a statement, so that all of them can be moved.

use std::sync::Arc;

use super::ast::{
    Assert, Atom, Call, Clauses, Demand, Effect, Expr, ExprKind, Ident, Item, ItemKind, JsonText, LetValue, List,
    LiteralExpr, Number, Operand, Path, Patterns, Rate, Rule, Selection, SelectionItem, Step, StepKind, Test,
    ValueTest,
};
use crate::source::Span;

/// What is done with each place.
type Act<'a> = &'a mut dyn FnMut(&mut Span);

/// Does something with each place of a statement.
pub(crate) fn each(item: &mut Item, act: Act<'_>) {
    act(&mut item.span);
    match &mut item.kind {
        ItemKind::Server { name, path } => {
            ident(name, act);
            ident(path, act);
        }
        ItemKind::Import { path } => ident(path, act),
        ItemKind::Let { name, value } => {
            ident(name, act);
            let_value(value, act);
        }
        ItemKind::Group { name, selection: tools } => {
            ident(name, act);
            selection(tools, act);
        }
        ItemKind::Rule(rule) => self::rule(Arc::make_mut(rule), act),
        ItemKind::Policy { name, items } => {
            ident(name, act);
            items.iter_mut().for_each(|item| each(item, act));
        }
        ItemKind::Assert(assert) => self::assert(assert, act),
        ItemKind::Test(test) => self::test(test, act),
        ItemKind::Empty | ItemKind::Error => {}
    }
}

fn ident(ident: &mut Ident, act: Act<'_>) {
    act(&mut ident.span);
}

fn number(number: &mut Number, act: Act<'_>) {
    act(&mut number.span);
}

fn let_value(value: &mut LetValue, act: Act<'_>) {
    match value {
        LetValue::Literal(value) => literal(value, act),
        LetValue::List(values, span) => {
            act(span);
            values.iter_mut().for_each(|one| literal(one, act));
        }
        LetValue::Error => {}
    }
}

fn literal(literal: &mut LiteralExpr, act: Act<'_>) {
    act(&mut literal.span);
}

fn rule(rule: &mut Rule, act: Act<'_>) {
    match &mut rule.effect {
        Effect::Limit { total, rate: tight } => {
            total.iter_mut().for_each(&mut *act);
            rate(tight, act);
        }
        Effect::Require(condition) => expr(condition, act),
        Effect::Approval { by } => by.iter_mut().for_each(|who| ident(who, act)),
        Effect::Allow | Effect::Deny | Effect::Hide => {}
    }
    selection(&mut rule.selection, act);
    clauses(&mut rule.clauses, act);
}

fn assert(assert: &mut Assert, act: Act<'_>) {
    if let Demand::Limit(tight) = &mut assert.demand {
        rate(tight, act);
    }
    selection(&mut assert.selection, act);
    clauses(&mut assert.clauses, act);
    assert.valid.iter_mut().for_each(act);
}

fn rate(rate: &mut Rate, act: Act<'_>) {
    number(&mut rate.max, act);
    act(&mut rate.window.span);
    act(&mut rate.span);
}

fn clauses(clauses: &mut Clauses, act: Act<'_>) {
    let Clauses { of, per, when, counter, because } = clauses;
    of.iter_mut().for_each(|one| path(one, act));
    per.iter_mut().for_each(|scope| act(&mut scope.span));
    if let Some(when) = when {
        act(&mut when.span);
        expr(&mut when.condition, act);
    }
    counter.iter_mut().chain(because).for_each(|one| ident(one, act));
}

fn selection(selection: &mut Selection, act: Act<'_>) {
    act(&mut selection.span);
    for item in selection.items.iter_mut().chain(&mut selection.except) {
        let SelectionItem { server, kind: _, span } = item;
        act(span);
        server.iter_mut().for_each(|server| ident(server, act));
    }
}

/// Recurses as deep as the parser lets conditions be.
fn expr(condition: &mut Expr, act: Act<'_>) {
    act(&mut condition.span);
    match &mut condition.kind {
        ExprKind::Or(parts) | ExprKind::And(parts) => parts.iter_mut().for_each(|one| expr(one, act)),
        ExprKind::Not(inner) => expr(inner, act),
        ExprKind::Atom(atom) => self::atom(atom, act),
        ExprKind::Error => {}
    }
}

fn atom(atom: &mut Atom, act: Act<'_>) {
    match atom {
        Atom::Has(subject) => path(subject, act),
        Atom::Test(subject, test) | Atom::Every(subject, test) | Atom::Some(subject, test) => {
            path(subject, act);
            match test {
                ValueTest::In { list: List::Name(name), .. } => ident(name, act),
                ValueTest::In { list: List::Items(values, span), .. } => {
                    act(span);
                    values.iter_mut().for_each(|one| operand(one, act));
                }
                ValueTest::Like(Patterns::Any(values, span)) | ValueTest::Matches(Patterns::Any(values, span)) => {
                    act(span);
                    values.iter_mut().for_each(|one| operand(one, act));
                }
                ValueTest::Compare(_, value)
                | ValueTest::Contains(value)
                | ValueTest::Like(Patterns::One(value))
                | ValueTest::Matches(Patterns::One(value)) => operand(value, act),
            }
        }
        Atom::Length(subject, _, value) => {
            path(subject, act);
            operand(value, act);
        }
    }
}

fn operand(operand: &mut Operand, act: Act<'_>) {
    match operand {
        Operand::Literal(value) => literal(value, act),
        Operand::Name(name) => ident(name, act),
        Operand::Error(span) => act(span),
    }
}

fn path(path: &mut Path, act: Act<'_>) {
    act(&mut path.span);
    path.segments.iter_mut().for_each(|segment| act(&mut segment.span));
}

fn test(test: &mut Test, act: Act<'_>) {
    ident(&mut test.name, act);
    for Step { kind, span } in &mut test.steps {
        act(span);
        match kind {
            StepKind::Call(call) => self::call(call, act),
            StepKind::Wait(duration) => act(&mut duration.span),
            StepKind::Empty | StepKind::Error => {}
        }
    }
}

fn call(call: &mut Call, act: Act<'_>) {
    let Call { server, tool, arguments, from, grant, approved, times, outcome } = call;
    server.iter_mut().chain([tool]).chain(grant).for_each(|one| ident(one, act));
    arguments.iter_mut().chain(from).for_each(|JsonText { span, .. }| act(span));
    approved.iter_mut().for_each(&mut *act);
    times.iter_mut().for_each(|one| number(one, act));
    act(&mut outcome.span);
    outcome.text.iter_mut().for_each(|one| ident(one, act));
}
