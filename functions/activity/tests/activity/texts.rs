//! In which language reasons are told.

use crate::bridge::Bridge;
use psa_bridge_core::catalogue::{Language, explanation, reason_text};
use psa_bridge_rig::ACME;

#[tokio::test]
async fn reasons_are_told_in_the_language_asked_for_else_in_that_of_the_connection() {
    let bridge = Bridge::new();
    let connection = bridge.live(ACME, "one", Language::Fr).await;
    bridge.register("org-1", "Bakery", &[ACME]).await;
    bridge.map(ACME, &connection, "org-1", true).await;
    let event = bridge.accept("e1", "org-1").await;
    for (asked, told) in
        [(None, Language::Fr), (Some("de-AT, en;q=0.5"), Language::De), (Some("ja"), Language::Fr)]
    {
        for path in [format!("/v1/events/{event}"), "/v1/events".to_owned()] {
            let answer = match asked {
                Some(languages) => bridge.get_in(languages, ACME, &path).await.ok(),
                None => bridge.get(ACME, &path).await.ok(),
            };
            let shown = answer.get("items").map_or(&answer, |items| &items[0]);
            let text = reason_text("waiting_turn", told).unwrap();
            assert_eq!(shown["deliveries"][0]["reason"]["text"], text, "{asked:?} {path}");
            let title = explanation("backup.email.failed", told).unwrap().title;
            assert_eq!(shown["title"], title, "{asked:?} {path}");
        }
    }
}
