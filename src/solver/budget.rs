//! Budgets: bounds on the work of a question, in steps.

/// How much work may still be done, in steps. Steps are counted, never time, so that answers are
/// the same on every machine.
#[derive(Debug, Clone)]
pub struct Budget {
    left: u64,
}

/// The budget ran out before there was an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exhausted;

impl Budget {
    /// A budget of this many steps.
    #[must_use]
    pub const fn new(steps: u64) -> Self {
        Self { left: steps }
    }

    /// Takes steps from the budget.
    ///
    /// # Errors
    /// Fewer than `steps` steps are left. The budget is empty from then on.
    pub const fn spend(&mut self, steps: u64) -> Result<(), Exhausted> {
        match self.left.checked_sub(steps) {
            Some(left) => {
                self.left = left;
                Ok(())
            }
            None => {
                self.left = 0;
                Err(Exhausted)
            }
        }
    }
}
