//! Autotask: units are changed by adjustments that nobody can take back, each with the day from which on it counts.

use super::scene::{AUTOTASK, BEFORE, Scene};
use jiff::{Timestamp, ToSpan, civil::Date, tz::TimeZone};
use serde_json::json;

fn today() -> Date {
    Timestamp::now().to_zoned(TimeZone::UTC).date()
}

/// By how much, and from which day on.
fn adjustments(scene: &Scene) -> Vec<(i64, Date)> {
    let day =
        |milliseconds| Timestamp::from_millisecond(milliseconds).unwrap().to_zoned(TimeZone::UTC).date();
    scene.adjustments().into_iter().map(|adjusted| (adjusted.change, day(adjusted.from))).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn more_seats_count_today_and_fewer_from_the_next_month_on_where_that_is_chosen() {
    let began = today();
    let scene = Scene::new(json!({ "mode": "at_once", "effective": "increases_now" })).await;
    scene.tell(110).await;
    scene.until_there("the increase", || scene.there(AUTOTASK) == 110).await;
    scene.until(AUTOTASK, "equal", |line| line["state"] == "equal").await;
    scene.tell(105).await;
    scene.until_there("the decrease", || scene.adjustments().len() == 2).await;
    scene.until(AUTOTASK, "equal", |line| line["state"] == "equal").await;
    assert_eq!(scene.there(AUTOTASK), 110, "this month is billed as it was");
    // One more than is scheduled, and fewer than today.
    scene.tell(106).await;
    scene.until_there("a smaller decrease", || scene.adjustments().len() == 3).await;
    let line = scene.until(AUTOTASK, "equal", |line| line["state"] == "equal").await;
    let next = began.first_of_month() + 1.month();
    if today() == began {
        assert_eq!(adjustments(&scene), [(10, began), (-5, next), (1, next)]);
        assert_eq!(scene.there(AUTOTASK), 110);
        let rows = &line["seen"]["rows"];
        assert_eq!(
            (&rows["today"]["count"], &rows["later"]["count"]),
            (&json!(110), &json!(106)),
            "{line:#}"
        );
    }
    let history = scene.history(AUTOTASK).await;
    assert_eq!(history.len(), 3);
    assert_eq!(history[0]["effective"].as_str(), Some(next.to_string().as_str()));
    assert_eq!(scene.autotask().counts().requests_about_invoices(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_counts_from_the_next_month_on_where_the_vendor_bills_the_first_count() {
    let scene = Scene::new(json!({ "mode": "at_once", "effective": "next_month" })).await;
    let next = today().first_of_month() + 1.month();
    scene.tell(90).await;
    scene.until_there("the decrease", || !scene.adjustments().is_empty()).await;
    scene.until(AUTOTASK, "equal", |line| line["state"] == "equal").await;
    assert_eq!((adjustments(&scene), scene.there(AUTOTASK)), (vec![(-10, next)], BEFORE));
}
