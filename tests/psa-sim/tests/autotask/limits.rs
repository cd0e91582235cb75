//! Threads at a time, and requests in an hour.

use std::time::{Duration, Instant};

use psa_sim::{AutotaskSim, RateLimit};
use serde_json::json;

use crate::client::{Autotask, answer, autotask, fine_ticket, with};

/// So many creates at a time; tells how many were refused.
async fn at_once(autotask: &Autotask, requests: usize) -> usize {
    let mut tasks = Vec::new();
    for _ in 0..requests {
        let request = autotask.request(reqwest::Method::POST, "Tickets").json(&fine_ticket(json!({})));
        tasks.push(tokio::spawn(answer(request)));
    }
    let mut refused = 0;
    for task in tasks {
        let answer = task.await.unwrap().unwrap();
        if answer.status == 429 {
            assert!(
                answer.text.contains("thread threshold of 3 threads has been exceeded"),
                "{}",
                answer.text
            );
            assert_eq!(answer.retry_after, None);
            refused += 1;
        }
    }
    refused
}

#[tokio::test]
async fn a_fourth_request_at_a_time_is_refused() {
    let autotask = autotask().await;
    autotask.sim.configure(|switches| switches.create_ms = 300);
    assert_eq!(at_once(&autotask, 5).await, 2);
    assert_eq!(autotask.sim.counts().thread_limited, 2);
    assert_eq!(autotask.sim.ticket_count(), 3);
    autotask.sim.configure(|switches| switches.thread_limit = None);
    assert_eq!(at_once(&autotask, 5).await, 0);
}

#[tokio::test]
async fn a_thread_is_released_a_moment_after_its_answer() {
    let autotask = autotask().await;
    autotask.sim.configure(|switches| (switches.create_ms, switches.thread_release_ms) = (400, 10_000));
    let post = || autotask.request(reqwest::Method::POST, "Tickets").json(&fine_ticket(json!({})));
    let slow = [(); 2].map(|()| tokio::spawn(answer(post())));
    let state = || answer(autotask.http.get(format!("{}/state", autotask.sim.control_url())));
    autotask
        .wait_until("two are under way", async || state().await.unwrap().json()["threads"]["tickets"] == 2)
        .await;
    let short = autotask.get("Tickets/1").await;
    assert_eq!(short.status, 200, "the third");
    assert_eq!(autotask.get("Tickets/1").await.status, 429, "the third still counts");
    assert_eq!(autotask.get("Companies/0").await.status, 200, "other entities have their own threads");
    for task in slow {
        assert_eq!(task.await.unwrap().unwrap().status, 200);
    }
    autotask.sim.configure(|switches| switches.thread_limit = Some(1));
    assert_eq!(autotask.get("Tickets/1").await.status, 200, "one at a time never meets the limit");
    assert_eq!(autotask.get("Tickets/1").await.status, 200);
}

#[tokio::test]
async fn answers_slow_down_as_the_threshold_is_used_up() {
    let limit = RateLimit { requests: 8, window_seconds: 3600, retry_after: false };
    let autotask = with(AutotaskSim::builder().rate_limit(Some(limit))).await;
    autotask.sim.configure(|switches| (switches.half_used_ms, switches.three_quarters_used_ms) = (60, 120));
    let mut took = Vec::new();
    for _ in 0..8 {
        let start = Instant::now();
        let threshold = autotask.get("ThresholdInformation").await.json();
        assert_eq!(
            (&threshold["externalRequestThreshold"], &threshold["requestThresholdTimeframe"]),
            (&json!(8), &json!(60))
        );
        assert_eq!(threshold["currentTimeframeRequestCount"], took.len() + 1, "asking counts");
        took.push(start.elapsed());
    }
    assert!(took[3..5].iter().all(|took| *took >= Duration::from_millis(60)), "{took:?}");
    assert!(took[5..].iter().all(|took| *took >= Duration::from_millis(120)), "{took:?}");
    let refused = autotask.get("Version").await;
    assert_eq!((refused.status.as_u16(), &refused.retry_after), (429, &None));
    assert!(refused.text.contains("exceeded the API threshold"));
    assert_eq!(autotask.sim.counts().rate_limited, 1);
    let url = autotask.url("zoneInformation?user=bridge-api@demo.example");
    assert_eq!(autotask.http.get(url).send().await.unwrap().status(), 200, "zones don't count");
    autotask.sim.set_rate_limit(None);
    assert_eq!(autotask.get("Version").await.status, 200);
}
