//! Trying again with growing, random waits, so that those who got in each other's way part.

use super::error::DynamoError;
use std::time::Duration;

/// The first wait is up to this long; each further one up to twice the one before.
const BASE: Duration = Duration::from_millis(8);
/// No wait is longer.
const CAP: Duration = Duration::from_millis(800);
/// How often a step is run, and unread keys are asked for. The waits of all come to at most six seconds.
const TRIES: u32 = 14;

/// The tries of something.
#[derive(Debug)]
pub(crate) struct Tries {
    made: u32,
    exhausted: fn(u32) -> DynamoError,
}

impl Tries {
    /// Those of a step that others got in the way of.
    pub(crate) fn of_step() -> Self {
        Self { made: 1, exhausted: |tries| DynamoError::Contended { tries } }
    }

    /// Those of reading keys that were left unread.
    pub(crate) fn of_reading() -> Self {
        Self { made: 1, exhausted: |tries| DynamoError::Unread { tries } }
    }

    /// Waits before the next try; an error where there were enough.
    pub(crate) async fn again(&mut self) -> Result<(), DynamoError> {
        tokio::time::sleep(self.next_ceiling()?.mul_f64(rand::random::<f64>())).await;
        Ok(())
    }

    fn next_ceiling(&mut self) -> Result<Duration, DynamoError> {
        if self.made >= TRIES {
            return Err((self.exhausted)(self.made));
        }
        let ceiling = BASE.saturating_mul(1 << (self.made - 1).min(16)).min(CAP);
        self.made += 1;
        Ok(ceiling)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_up_to_a_bound_and_come_to_an_end() {
        let mut tries = Tries::of_step();
        let ceilings: Vec<Duration> = (1..TRIES).map(|_| tries.next_ceiling().unwrap()).collect();
        assert!(ceilings.is_sorted() && ceilings.last() == Some(&CAP));
        assert!(matches!(tries.next_ceiling(), Err(DynamoError::Contended { tries: TRIES })));
    }
}
