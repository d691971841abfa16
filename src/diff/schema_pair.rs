//! Two schemas of a tool: which calls only one of them admits.

use std::collections::BTreeSet;

use super::ToolName;
use super::differing::Differing;
use crate::analysis::ask::{STEPS, Witness};
use crate::analysis::{Hop, Reach, reaches, valid};
use crate::eval::Call;
use crate::schema::Schema;
use crate::solver::formula::Formula;
use crate::solver::space::{Feasible, Space, Truth};
use crate::solver::{Budget, Exhausted};
use crate::source::FileId;

/// The schemas of a tool, old and new; several of one that is listed several times.
pub(super) struct SchemaPair<'p> {
    /// The tool, as examples name it.
    pub(super) name: ToolName,
    /// The schemas of each side.
    pub(super) schemas: [Vec<Schema<'p>>; 2],
}

impl SchemaPair<'_> {
    /// The places that a formula about both schemas must mention: all declared arguments, and what
    /// conditions mention.
    fn places(&self, formulas: &[&Formula]) -> Vec<Reach> {
        let mut places = BTreeSet::new();
        for schema in self.schemas.iter().flatten() {
            for argument in schema.arguments() {
                places.insert(vec![Hop::Key(argument.name)]);
            }
        }
        formulas.iter().for_each(|formula| reaches(formula, &mut places));
        places.into_iter().collect()
    }

    /// A formula that holds at least for the calls that the schemas of a side admit.
    fn valid(&self, side: usize, places: &[Reach]) -> Formula {
        let schemas = self.schemas.get(side).map(Vec::as_slice).unwrap_or_default();
        Formula::Or(schemas.iter().map(|schema| valid(schema, places).formula).collect())
    }

    /// Whether the schemas of a side admit a call; `None` if that is not known.
    fn admits(&self, side: usize, call: &Call<'_>) -> Option<bool> {
        let schemas = self.schemas.get(side).map(Vec::as_slice).unwrap_or_default();
        let verdicts = schemas.iter().map(|schema| schema.admits(call.arguments));
        let verdicts: Vec<Option<bool>> = verdicts.collect();
        if verdicts.contains(&Some(true)) {
            return Some(true);
        }
        verdicts.iter().all(|verdict| *verdict == Some(false)).then_some(false)
    }

    /// The smallest call that is valid on the side `yes`, certainly not on the other, and for which
    /// the demands hold.
    ///
    /// # Errors
    /// It was too much work, or the schemas do not confirm what their formulas found.
    pub(super) fn only_on(
        &self,
        yes: usize,
        formulas: &[&Formula],
        demands: &dyn Fn(&mut Space) -> Vec<Truth>,
        confirm: &dyn Fn(&Call<'_>) -> bool,
    ) -> Result<Option<Witness>, Exhausted> {
        self.only_at(&self.places(formulas), yes, formulas, demands, confirm)
    }

    /// Like [`SchemaPair::only_on`], among the calls that have members at these places only. `None`
    /// says nothing about other calls.
    fn only_at(
        &self,
        places: &[Reach],
        yes: usize,
        formulas: &[&Formula],
        demands: &dyn Fn(&mut Space) -> Vec<Truth>,
        confirm: &dyn Fn(&Call<'_>) -> bool,
    ) -> Result<Option<Witness>, Exhausted> {
        let [here, there] = [yes, 1 - yes].map(|side| self.valid(side, places));
        let mut space = Space::new(formulas.iter().copied().chain([&here, &there]));
        let mut all = demands(&mut space);
        all.extend([space.holds(&here), !space.holds(&there)]);
        let Some(example) = space.example(&all, &mut Budget::new(STEPS))? else { return Ok(None) };
        let witness = Witness {
            server: self.name.server.clone(),
            tool: self.name.tool.clone().unwrap_or_default(),
            arguments: example.arguments,
            caller: example.caller,
            valid: None,
        };
        // The formulas may hold for more than the schemas admit, so the schemas have the last word.
        let confirmed = witness.with(|call| {
            self.admits(yes, call) == Some(true) && self.admits(1 - yes, call) == Some(false) && confirm(call)
        });
        if confirmed == Some(true) { Ok(Some(witness)) } else { Err(Exhausted) }
    }

    /// A call that is valid on the side `yes` and not on the other, and for which the demands hold;
    /// `None` if there is none, which is a proof.
    ///
    /// # Errors
    /// It was too much work, or formulas cannot express all of the differences.
    pub(super) fn newly_valid(
        &self,
        yes: usize,
        formulas: &[&Formula],
        demands: &dyn Fn(&mut Space) -> Vec<Truth>,
        confirm: &dyn Fn(&Call<'_>) -> bool,
    ) -> Result<Option<Witness>, Exhausted> {
        let differing = match &self.schemas {
            [old, new] => match (old.as_slice(), new.as_slice()) {
                ([old], [new]) => old.root().zip(new.root()).and_then(|(old, new)| Differing::of(old, new)),
                _ => None,
            },
        };
        if differing.as_ref().is_some_and(Differing::is_nothing) {
            return Ok(None);
        }
        let mut space = Space::new(formulas.iter().copied());
        let passes = demands(&mut space);
        if space.feasible(&passes, &mut Budget::new(STEPS))? != Feasible::Yes {
            return Ok(None);
        }
        if let Ok(Some(witness)) = self.only_on(yes, formulas, demands, confirm) {
            return Ok(Some(witness));
        }
        let differing = differing.ok_or(Exhausted)?;
        let (found, complete) = differing.places();
        let mut places: BTreeSet<Reach> = self.places(formulas).into_iter().collect();
        places.extend(found.iter().cloned());
        let places: Vec<Reach> = places.into_iter().collect();
        if let Ok(Some(witness)) = self.only_at(&places, yes, formulas, demands, confirm) {
            return Ok(Some(witness));
        }
        // That there is no example is a proof only if formulas express all of the differences.
        let mut named = found;
        formulas.iter().for_each(|formula| reaches(formula, &mut named));
        let named: Vec<Reach> = named.into_iter().collect();
        let [old, new] = differing.rests().map(|rest| valid(&Schema::new(Some(rest), FileId::default()), &named));
        let [here, there] = if yes == 1 { [new, old] } else { [old, new] };
        if !complete || !there.exact || !differing.says_all(1 - yes) {
            return Err(Exhausted);
        }
        let mut space = Space::new(formulas.iter().copied().chain([&here.formula, &there.formula]));
        let mut all = demands(&mut space);
        all.push(!space.holds(&there.formula));
        // What this side says about members by their names or number would apply to the one member
        // that stands for all unnamed ones.
        if differing.says_all(yes) {
            all.push(space.holds(&here.formula));
        }
        match space.feasible(&all, &mut Budget::new(STEPS))? {
            Feasible::No(_) => Ok(None),
            Feasible::Yes => Err(Exhausted),
        }
    }
}
