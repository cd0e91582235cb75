//! What leaves when a bell is rung, and what happens to what the queue does not take.

use super::*;
use aws_sdk_sqs::config::{BehaviorVersion, Config, Region, retry::RetryConfig};
use aws_sdk_sqs::{
    operation::send_message_batch::{SendMessageBatchError, SendMessageBatchOutput},
    types::{BatchResultErrorEntry, SendMessageBatchResultEntry},
};
use aws_smithy_mocks::{MockResponseInterceptor, Rule, RuleMode, create_mock_http_client, mock};
use futures_util::future::join_all;
use psa_connector::{SystemClock, SystemRandom};

type Sent = Arc<SyncMutex<Vec<Vec<(String, i32)>>>>;

fn client(rule: &Rule) -> Client {
    let rules = MockResponseInterceptor::new().rule_mode(RuleMode::MatchAny).with_rule(rule);
    let config = Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-central-1"))
        .allow_no_auth()
        .retry_config(RetryConfig::disabled())
        .http_client(create_mock_http_client())
        .interceptor(rules);
    Client::from_conf(config.build())
}

/// A queue that notes what it is sent, and refuses the first so many entries.
fn queue(refuse: usize) -> (SqsBell, Sent) {
    let sent = Sent::default();
    let (seen, left) = (Arc::clone(&sent), SyncMutex::new(refuse));
    let rule = mock!(Client::send_message_batch)
        .match_requests(move |request| {
            let entries = request.entries().iter();
            let page =
                entries.map(|it| (it.message_body().to_owned(), it.delay_seconds().unwrap_or_default()));
            seen.lock().unwrap().push(page.collect());
            true
        })
        .then_compute_output(move |request| {
            let mut left = left.lock().unwrap();
            let (mut taken, mut failed) = (Vec::new(), Vec::new());
            for entry in request.entries() {
                if *left > 0 {
                    *left -= 1;
                    failed.push(refused(entry.id()));
                } else {
                    taken.push(accepted(entry.id()));
                }
            }
            let answer = SendMessageBatchOutput::builder();
            answer.set_successful(Some(taken)).set_failed(Some(failed)).build().unwrap()
        });
    let client = client(&rule);
    (SqsBell::new(client, "queue", Arc::new(SystemClock), Arc::new(SystemRandom)), sent)
}

fn refused(id: &str) -> BatchResultErrorEntry {
    let entry = BatchResultErrorEntry::builder().id(id).code("InternalError").sender_fault(false);
    entry.build().unwrap()
}

fn accepted(id: &str) -> SendMessageBatchResultEntry {
    let entry = SendMessageBatchResultEntry::builder().id(id).message_id("m").md5_of_message_body("0");
    entry.build().unwrap()
}

fn connection(number: usize) -> ConnectionId {
    format!("con_{number:024}").parse().unwrap()
}

#[tokio::test]
async fn a_lone_ring_leaves_at_once() {
    let (bell, sent) = queue(0);
    bell.ring(&connection(1)).await.unwrap();
    assert_eq!(*sent.lock().unwrap(), [[(connection(1).to_string(), 0)]]);
}

#[tokio::test]
async fn rings_that_come_together_leave_together_and_each_connection_once() {
    let (bell, sent) = queue(0);
    let rung: Vec<ConnectionId> = (0..30).map(|number| connection(number % 10)).collect();
    let outcomes = join_all(rung.iter().map(|connection| bell.ring(connection))).await;
    assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
    let sent = sent.lock().unwrap();
    assert_eq!(sent.len(), 1, "{sent:?}");
    assert_eq!(sent[0].len(), 10);
}

#[tokio::test]
async fn more_than_fit_leave_in_several_calls() {
    let (bell, sent) = queue(0);
    let rung: Vec<ConnectionId> = (0..25).map(connection).collect();
    join_all(rung.iter().map(|connection| bell.ring(connection))).await;
    let pages: Vec<usize> = sent.lock().unwrap().iter().map(Vec::len).collect();
    assert_eq!(pages, [10, 10, 5]);
}

#[tokio::test]
async fn what_was_not_taken_is_sent_again_by_itself() {
    let (bell, sent) = queue(2);
    let rung: Vec<ConnectionId> = (0..5).map(connection).collect();
    let outcomes = join_all(rung.iter().map(|connection| bell.ring(connection))).await;
    assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
    let sent = sent.lock().unwrap();
    assert_eq!(sent[0].len(), 5);
    assert_eq!(sent[1], [(connection(0).to_string(), 0), (connection(1).to_string(), 0)]);
}

#[tokio::test]
async fn whoever_rings_learns_of_their_own_ring_alone() {
    let (bell, _) = queue(0);
    // As often as it is tried, and nothing else is in the page.
    let (failing, sent) = queue(TRIES as usize);
    assert!(failing.ring(&connection(1)).await.is_err());
    assert_eq!(sent.lock().unwrap().len(), TRIES as usize);
    failing.ring(&connection(2)).await.unwrap();
    bell.ring(&connection(1)).await.unwrap();
}

#[tokio::test]
async fn a_queue_that_cannot_be_reached_is_an_error() {
    let rule = mock!(Client::send_message_batch)
        .then_error(|| SendMessageBatchError::unhandled(std::io::Error::other("no route")));
    let client = client(&rule);
    let bell = SqsBell::new(client, "queue", Arc::new(SystemClock), Arc::new(SystemRandom));
    bell.ring(&connection(1)).await.unwrap_err();
}

#[tokio::test]
async fn a_ring_given_up_half_way_is_sent_by_the_next() {
    let (bell, sent) = queue(0);
    let one = connection(1);
    let given_up = bell.join(&Ring { connection: one.clone(), delay: 0 });
    bell.close(&given_up);
    drop(given_up);
    bell.ring(&one).await.unwrap();
    assert_eq!(sent.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn delays_are_whole_seconds() {
    for (delay, expected) in [
        (SignedDuration::from_millis(1), 1),
        (SignedDuration::from_secs(7), 7),
        (SignedDuration::from_millis(7_001), 8),
        (SignedDuration::from_secs(-3), 0),
        (SignedDuration::from_mins(1), 60),
    ] {
        let (bell, sent) = queue(0);
        bell.ring_after(&connection(1), delay).await.unwrap();
        assert_eq!(sent.lock().unwrap()[0][0].1, expected, "{delay:?}");
    }
}

#[tokio::test]
async fn a_wait_that_the_sweep_ends_leaves_no_message_behind() {
    let (bell, sent) = queue(0);
    for delay in [SignedDuration::from_millis(60_001), SignedDuration::from_hours(24)] {
        bell.ring_after(&connection(1), delay).await.unwrap();
    }
    assert!(sent.lock().unwrap().is_empty());
}
