//! The time that a function has: it is ended at its deadline, whatever it does.

use jiff::{SignedDuration, Timestamp};
use lambda_runtime::Context;

/// Kept of each invocation, to write down what came of the last call and to answer.
pub const TO_FINISH: SignedDuration = SignedDuration::from_secs(3);

/// When an invocation is over.
pub fn deadline(context: &Context) -> Timestamp {
    let milliseconds = i64::try_from(context.deadline).unwrap_or(i64::MAX);
    Timestamp::from_millisecond(milliseconds).unwrap_or(Timestamp::MAX)
}

/// When the last answer of a PSA has to be in.
pub fn last_answer(context: &Context) -> Timestamp {
    deadline(context).saturating_sub(TO_FINISH).unwrap_or(Timestamp::MIN)
}

/// Until when calls may begin that may take so long at most. The last of them is in before [`last_answer`].
pub fn last_call(context: &Context, longest: SignedDuration) -> Timestamp {
    last_answer(context).saturating_sub(longest).unwrap_or(Timestamp::MIN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_begins_at_the_last_moment_ends_in_time() {
        let mut context = Context::default();
        context.deadline = 100_000;
        assert_eq!(deadline(&context), Timestamp::from_second(100).unwrap());
        let longest = SignedDuration::from_secs(20);
        assert_eq!(last_call(&context, longest), Timestamp::from_second(77).unwrap());
        assert_eq!(last_answer(&context), Timestamp::from_second(97).unwrap());
    }

    #[test]
    fn a_deadline_that_is_none_is_far_away() {
        let mut context = Context::default();
        context.deadline = u64::MAX;
        assert_eq!(deadline(&context), Timestamp::MAX);
    }
}
