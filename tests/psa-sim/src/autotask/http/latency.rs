//! How long a request takes.

use std::time::{Duration, Instant};

use crate::autotask::{Shared, switches::Switches};

/// Every request takes a moment, and longer when the tenant has used up much of its threshold.
pub(super) async fn take_time(shared: &Shared) {
    let percent_used = {
        let mut limiter = shared.limiter();
        let used = limiter.used(Instant::now());
        limiter.limit.map_or(0, |limit| used * 100 / limit.requests.max(1))
    };
    let moment = moment(percent_used, &shared.world().switches);
    if let Some(moment) = moment {
        tokio::time::sleep(moment).await;
    }
}

/// How long; none where it takes no time.
fn moment(percent_used: usize, switches: &Switches) -> Option<Duration> {
    let slower = match percent_used {
        0..50 => 0,
        50..75 => switches.half_used_ms,
        _ => switches.three_quarters_used_ms,
    };
    let milliseconds = switches.answer_ms + slower;
    (milliseconds > 0).then(|| Duration::from_millis(milliseconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn takes(percent_used: usize, answer_ms: u64) -> Option<u128> {
        let switches = Switches { answer_ms, ..Switches::default() };
        moment(percent_used, &switches).map(|moment| moment.as_millis())
    }

    #[test]
    fn the_nearer_the_threshold_the_longer_it_takes() {
        let by_share: Vec<_> = [0, 49, 50, 74, 75, 100, 140].map(|percent| takes(percent, 2)).into();
        let expected = [2, 2, 502, 502, 1002, 1002, 1002].map(Some);
        assert_eq!(by_share, expected);
    }

    #[test]
    fn no_time_is_no_time() {
        assert_eq!(takes(0, 0), None);
    }
}
