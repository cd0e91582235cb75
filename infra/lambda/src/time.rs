//! The time that a function has: it is ended at its deadline, whatever it does.

use jiff::{SignedDuration, Timestamp};
use lambda_runtime::Context;
use psa_bridge_http::ANSWER_TIMEOUT;

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

/// Of the time for an answer over HTTP, kept to give it once the last answer of a PSA is in.
const TO_ANSWER: SignedDuration = SignedDuration::from_secs(2);

/// When the last answer of a PSA has to be in for a request over HTTP. It is answered in time whatever its handler does, and
/// a function that has answered is frozen: a call that was still under way would go on at some later invocation.
pub fn last_answer_over_http(context: &Context, now: Timestamp) -> Timestamp {
    let patience = SignedDuration::try_from(ANSWER_TIMEOUT).unwrap_or(TO_FINISH);
    let answered = now.saturating_add(patience - TO_ANSWER).unwrap_or(Timestamp::MAX);
    last_answer(context).min(answered)
}

/// Until when calls may begin that may take so long at most. The last of them is in before [`last_answer`]. Where calls may
/// take nearly as long as the function, half of what is left is for them: calls are cut at [`last_answer`] anyway, and a
/// worker that may not begin any would ring for itself without end.
pub fn last_call(context: &Context, longest: SignedDuration, now: Timestamp) -> Timestamp {
    let last_answer = last_answer(context);
    let half = last_answer.duration_since(now) / 2;
    last_answer.saturating_sub(longest.min(half)).unwrap_or(Timestamp::MIN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_begins_at_the_last_moment_ends_in_time() {
        let mut context = Context::default();
        context.deadline = 100_000;
        assert_eq!(deadline(&context), Timestamp::from_second(100).unwrap());
        let (longest, now) = (SignedDuration::from_secs(20), Timestamp::from_second(10).unwrap());
        assert_eq!(last_call(&context, longest, now), Timestamp::from_second(77).unwrap());
        assert_eq!(last_answer(&context), Timestamp::from_second(97).unwrap());
    }

    #[test]
    fn a_function_that_has_less_time_than_a_call_may_take_begins_calls_all_the_same() {
        let mut context = Context::default();
        context.deadline = 100_000;
        let now = Timestamp::from_second(87).unwrap();
        let last = last_call(&context, SignedDuration::from_secs(20), now);
        assert_eq!(last, Timestamp::from_second(92).unwrap());
    }

    #[test]
    fn over_http_calls_end_before_the_answer_is_given_whoever_is_less_patient() {
        let mut context = Context::default();
        let at = |seconds| Timestamp::from_second(seconds).unwrap();
        context.deadline = 100_000;
        assert_eq!(last_answer_over_http(&context, at(71)), at(94));
        assert_eq!(last_answer_over_http(&context, at(90)), at(97));
    }

    #[test]
    fn a_deadline_that_is_none_is_far_away() {
        let mut context = Context::default();
        context.deadline = u64::MAX;
        assert_eq!(deadline(&context), Timestamp::MAX);
    }
}
