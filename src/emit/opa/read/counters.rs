//! Reads the limits of a module for a host that counts. The table, the denials and what a call counts must agree.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{About, LimitDenial, Parser, Read, Wrong, is_json};
use crate::analysis::limits::WindowModel;
use crate::decimal::Decimal;
use crate::emit::decision_list::{Counted, Limits};
use crate::emit::opa::counters::{CHARGES, OTHERS, RULES, TABLE, counts, root, scope};
use crate::emit::opa::lex::Kind;
use crate::ir::Limit;
use crate::predicate::{Condition, Path, PathRoot, Step};

/// A counter: the tool, or all others, and its name.
type Counter = (Option<String>, String);

/// The rows of the table, each with what is counted.
pub(super) type Table = BTreeMap<Counter, (Limit, String)>;

/// What a call counts: of which calls, and the argument if it is a sum.
struct Charge {
    when: Option<Arc<Condition>>,
    sum_of: Option<Path>,
}

impl Parser<'_> {
    /// The table of limits, and the rules about it.
    pub(super) fn table(&mut self) -> Read<Table> {
        let mut table = Table::new();
        self.lines();
        self.expect(&format!("{TABLE} :="))?;
        for (tool, rows) in self.object(|parser| parser.object(Self::row))? {
            table.extend(rows.into_iter().map(|(name, row)| ((Some(tool.clone()), name), row)));
        }
        self.lines();
        self.expect(&format!("{OTHERS} :="))?;
        table.extend(self.object(Self::row)?.into_iter().map(|(name, row)| ((None, name), row)));
        self.lines();
        self.expect(RULES)?;
        Ok(table)
    }

    /// An object of what `member` reads. A key that stands twice is refused.
    fn object<T>(&mut self, mut member: impl FnMut(&mut Self) -> Read<T>) -> Read<BTreeMap<String, T>> {
        let mut members = BTreeMap::new();
        self.mark("{")?;
        loop {
            self.lines();
            if self.takes("}") {
                return Ok(members);
            }
            let Kind::Text(key) = self.next()? else { return Err(Wrong) };
            self.mark(":")?;
            let value = member(self)?;
            if members.insert(key.clone(), value).is_some() {
                return Err(Wrong);
            }
            let is_more = self.takes(",");
            self.lines();
            if !is_more && !self.is_mark("}") {
                return Err(Wrong);
            }
        }
    }

    fn row(&mut self) -> Read<(Limit, String)> {
        self.expect("{\"counts\":")?;
        let Kind::Text(counts) = self.next()? else { return Err(Wrong) };
        self.expect(", \"max\":")?;
        let max = self.number()?;
        self.expect(", \"per\":")?;
        let Kind::Text(per) = self.next()? else { return Err(Wrong) };
        self.expect(", \"total\":")?;
        let total = self.takes("true");
        if !total {
            self.expect("false")?;
        }
        self.expect(", \"window\":")?;
        let window = self.number()?.to_u64().filter(|seconds| *seconds > 0).ok_or(Wrong)?;
        self.mark("}")?;
        let scope = scope(per).ok_or(Wrong)?;
        Ok((Limit { max, window, scope, sum_of: None, total, counter: None, spans: None }, counts.clone()))
    }

    fn number(&mut self) -> Read<Decimal> {
        match self.next()? {
            Kind::Number(number) if is_json(number) => Decimal::parse(number).ok_or(Wrong),
            _ => Err(Wrong),
        }
    }

    /// The limits of a table: for each row its denial, and how much a call counts.
    pub(super) fn limits(
        &mut self,
        table: Option<Table>,
        denials: BTreeMap<Option<String>, Vec<LimitDenial>>,
    ) -> Read<Limits<Counted>> {
        let mut table = table.unwrap_or_default();
        let mut charges = self.charges()?;
        let mut limits = Limits::default();
        // A count over several tools is one count, so all of them must say the same of it.
        let mut totals: BTreeMap<String, Limit> = BTreeMap::new();
        for (tool, denials) in denials {
            let mut own = Vec::new();
            for LimitDenial { counter, reason, no_amount } in denials {
                let key = (tool.clone(), counter);
                let (row, what) = table.remove(&key).ok_or(Wrong)?;
                let Charge { when, sum_of } = charges.remove(&key).ok_or(Wrong)?;
                let limit = Limit { sum_of, counter: Some(key.1), ..row };
                let is_sum = limit.sum_of.is_some();
                if counts(&limit) != what || no_amount.is_some() && !is_sum {
                    return Err(Wrong);
                }
                let name = limit.counter.clone().unwrap_or_default();
                if limit.total && totals.entry(name).or_insert_with(|| limit.clone()) != &limit {
                    return Err(Wrong);
                }
                let windows = WindowModel::Aligned;
                own.push(Counted { when, limit: Arc::new(limit), windows, reason, no_amount });
            }
            match tool {
                Some(tool) if !own.is_empty() => {
                    limits.tools.insert(tool, own);
                }
                Some(_) => {}
                None => limits.others = own,
            }
        }
        // Nobody would deny by what is left.
        if table.is_empty() && charges.is_empty() { Ok(limits) } else { Err(Wrong) }
    }

    /// How much calls count, by counter.
    fn charges(&mut self) -> Read<BTreeMap<Counter, Charge>> {
        let mut charges = BTreeMap::new();
        while self.is_name(CHARGES) {
            self.expect(&format!("{CHARGES}["))?;
            let Kind::Text(name) = self.next()? else { return Err(Wrong) };
            self.mark("]")?;
            self.mark(":=")?;
            let sum_of = if self.takes("1") { None } else { Some(self.sum_of()?) };
            let (tool, about) = self.body_of_tool()?;
            let when = match about {
                About::All => None,
                About::When(when) => Some(when),
                About::Full(_) | About::NoAmount(_) => return Err(Wrong),
            };
            self.end_of_rule()?;
            self.lines();
            // Two amounts for a counter would be an error.
            if charges.insert((tool, name.clone()), Charge { when, sum_of }).is_some() {
                return Err(Wrong);
            }
        }
        Ok(charges)
    }

    /// `as_amount(object.get(input, ["arguments", "amount"], null))`
    fn sum_of(&mut self) -> Read<Path> {
        self.expect("as_amount(object.get(input,")?;
        let mut steps = self.list(|parser| match parser.next()? {
            Kind::Text(key) => Ok(Step::Key(key.clone())),
            Kind::Number(index) if is_json(index) => Ok(Step::Index(index.parse().map_err(|_| Wrong)?)),
            _ => Err(Wrong),
        })?;
        self.expect(", null))")?;
        let first = steps.remove(0);
        let is_root = |of: &PathRoot| matches!(&first, Step::Key(key) if key == root(*of));
        let root = [PathRoot::Args, PathRoot::Caller].into_iter().find(is_root).ok_or(Wrong)?;
        if steps.is_empty() { Err(Wrong) } else { Ok(Path { root, steps }) }
    }
}
