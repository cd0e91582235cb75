//! The request budget of a tenant.

use crate::at;
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use psa_bridge_core::budget::{BudgetAccount, BudgetGrant, BudgetPlan, Purpose};

const WINDOW: i64 = 300_000;

fn plan(requests: u32, reserve: u32) -> BudgetPlan {
    BudgetPlan { requests, window: SignedDuration::from_millis(WINDOW), reserve }
}

fn millis(offset: i64) -> Timestamp {
    at(0) + SignedDuration::from_millis(offset)
}

#[test]
fn a_wish_is_granted_in_part_rather_than_not_at_all() {
    let mut account = BudgetAccount::default();
    assert_eq!(account.take(&plan(10, 0), Purpose::Worker, 7, at(0)), BudgetGrant::Granted(7));
    assert_eq!(account.take(&plan(10, 0), Purpose::Worker, 7, at(0)), BudgetGrant::Granted(3));
    assert!(matches!(account.take(&plan(10, 0), Purpose::Worker, 7, at(0)), BudgetGrant::Spent { .. }));
}

#[test]
fn the_reserve_is_for_persons() {
    let mut account = BudgetAccount::default();
    assert_eq!(account.take(&plan(10, 4), Purpose::Worker, 99, at(0)), BudgetGrant::Granted(6));
    assert!(matches!(account.take(&plan(10, 4), Purpose::Worker, 1, at(1)), BudgetGrant::Spent { .. }));
    assert_eq!(account.take(&plan(10, 4), Purpose::Person, 99, at(1)), BudgetGrant::Granted(4));
}

#[derive(Clone, Debug)]
struct Wish {
    after: i64,
    person: bool,
    count: u32,
}

fn any_wish() -> impl Strategy<Value = Wish> {
    let after = prop_oneof![0_i64..50, 0_i64..20_000, 0_i64..400_000];
    (after, any::<bool>(), 1_u32..12).prop_map(|(after, person, count)| Wish { after, person, count })
}

proptest! {
    #[test]
    fn no_rolling_window_holds_more_than_the_plan(
        requests in 1_u32..40,
        reserve in 0_u32..40,
        wishes in prop::collection::vec(any_wish(), 1..120),
    ) {
        let plan = plan(requests, reserve);
        let mut account = BudgetAccount::default();
        let (mut now, mut taken): (i64, Vec<(i64, u32)>) = (0, Vec::new());
        for wish in wishes {
            now += wish.after;
            let purpose = if wish.person { Purpose::Person } else { Purpose::Worker };
            let limit = if wish.person { requests } else { requests.saturating_sub(reserve) };
            let in_window = |from: i64| -> u32 {
                taken.iter().filter(|(time, _)| *time > from - WINDOW).map(|(_, count)| *count).sum()
            };
            let before = in_window(now);
            match account.take(&plan, purpose, wish.count, millis(now)) {
                BudgetGrant::Granted(count) => {
                    prop_assert!((1..=wish.count).contains(&count), "at least one, at most as many as wished");
                    prop_assert!(before + count <= limit, "{} and {} above {}", before, count, limit);
                    taken.push((now, count));
                }
                BudgetGrant::Spent { until } => {
                    prop_assert!(until > millis(now) || limit == 0, "until is ahead");
                    prop_assert!(until <= millis(now + 2 * WINDOW), "and not far");
                    let mut later = account.clone();
                    let answer = later.take(&plan, Purpose::Person, 1, until);
                    prop_assert!(matches!(answer, BudgetGrant::Granted(1)), "then a person gets one");
                }
            }
        }
    }

    #[test]
    fn requests_made_by_the_end_of_their_slice_are_counted_long_enough(offset in 0_i64..2_000_000) {
        let plan = plan(1, 0);
        let mut account = BudgetAccount::default();
        let now = millis(offset);
        prop_assert_eq!(account.take(&plan, Purpose::Worker, 1, now), BudgetGrant::Granted(1));
        let end = plan.slice_end(now);
        prop_assert!(end > now && end <= now + SignedDuration::from_millis(WINDOW / 30));
        let last = end + SignedDuration::from_millis(WINDOW - 1);
        let answer = account.take(&plan, Purpose::Worker, 1, last);
        prop_assert!(matches!(answer, BudgetGrant::Spent { .. }), "still in the window of the latest moment");
    }
}
