//! The transport against a server that says exactly what a test tells it to.

use super::*;
use crate::clock::SystemRandom;
use crate::gate::{GateClosed, RequestKind};
use async_trait::async_trait;
use jiff::Timestamp;
use std::collections::VecDeque;
use std::sync::Mutex;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use url::Url;

/// What the server does with a request that it has read.
#[derive(Clone)]
enum Step {
    Answer(&'static str, &'static str, String),
    Reset,
    Silence,
}

fn answer(status: &'static str, body: &str) -> Step {
    Step::Answer(status, "", body.to_owned())
}

struct Server {
    url: Url,
    seen: Arc<Mutex<Vec<String>>>,
}

impl Server {
    async fn start(steps: impl IntoIterator<Item = Step>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/path?secret=value", listener.local_addr().unwrap()).parse().unwrap();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (log, mut steps) = (Arc::clone(&seen), steps.into_iter().collect::<VecDeque<_>>());
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let step = steps.pop_front().unwrap_or(Step::Reset);
                serve(stream, step, &log).await;
            }
        });
        Self { url, seen }
    }

    fn requests(&self) -> usize {
        self.seen.lock().unwrap().len()
    }
}

async fn serve(mut stream: TcpStream, step: Step, log: &Mutex<Vec<String>>) {
    let mut buffer = vec![0; 65536];
    let read = stream.read(&mut buffer).await.unwrap();
    log.lock().unwrap().push(String::from_utf8_lossy(&buffer[..read]).into_owned());
    match step {
        Step::Answer(status, headers, body) => {
            let length = body.len();
            let text = format!(
                "HTTP/1.1 {status}\r\n{headers}connection: close\r\ncontent-length: {length}\r\n\r\n{body}"
            );
            stream.write_all(text.as_bytes()).await.unwrap();
        }
        Step::Reset => drop(stream),
        Step::Silence => {
            tokio::spawn(async move {
                tokio::time::sleep(Duration::from_mins(1)).await;
                drop(stream);
            });
        }
    }
}

/// A clock that never waits and remembers that it should have.
#[derive(Debug, Default)]
struct Impatient {
    waits: Mutex<Vec<Duration>>,
}

#[async_trait]
impl Clock for Impatient {
    fn now(&self) -> Timestamp {
        "2026-10-01T12:00:00Z".parse().unwrap()
    }
    async fn sleep(&self, duration: Duration) {
        self.waits.lock().unwrap().push(duration);
    }
}

#[derive(Debug)]
struct Shut;

#[async_trait]
impl RequestGate for Shut {
    async fn enter(&self, _kind: RequestKind) -> Result<Box<dyn Send>, GateClosed> {
        Err(GateClosed { retry_after: Duration::from_secs(90) })
    }
}

#[derive(Debug, Default)]
struct Counting(Mutex<Vec<RequestKind>>);

#[async_trait]
impl RequestGate for Counting {
    async fn enter(&self, kind: RequestKind) -> Result<Box<dyn Send>, GateClosed> {
        self.0.lock().unwrap().push(kind);
        Ok(Box::new(()))
    }
}

fn transport() -> (Transport, Arc<Impatient>) {
    let clock = Arc::new(Impatient::default());
    let options = TransportOptions {
        timeout: Duration::from_millis(300),
        max_body: 1000,
        ..TransportOptions::default()
    };
    let policy = EgressPolicy::public_only().allow_loopback();
    let transport = Transport::new(policy, options, clock.clone(), Arc::new(SystemRandom)).unwrap();
    (transport, clock)
}

fn read(server: &Server) -> Request {
    Request::get("read", server.url.clone())
}

fn write(server: &Server) -> Request {
    Request::post_json("write", server.url.clone(), &[1]).unwrap().once(Timestamp::MAX)
}

#[tokio::test]
async fn what_only_reads_is_sent_again() {
    for trouble in
        [answer("500 Oops", ""), answer("503 Busy", ""), answer("429 Slow", ""), Step::Reset, Step::Silence]
    {
        let server = Server::start([trouble.clone(), trouble, answer("200 OK", "{}")]).await;
        let (transport, clock) = transport();
        let reply = transport.send(read(&server)).await.unwrap();
        assert_eq!(reply.status, 200);
        assert_eq!(&reply.body[..], b"{}");
        assert_eq!((server.requests(), clock.waits.lock().unwrap().len()), (3, 2));
    }
}

#[tokio::test]
async fn three_times_is_enough() {
    let (transport, _) = transport();
    let server = Server::start(vec![answer("502 Bad", ""); 9]).await;
    assert_eq!(transport.send(read(&server)).await.unwrap().status, 502);
    assert_eq!(server.requests(), 3);
    let server = Server::start([]).await;
    assert_eq!(*transport.send(read(&server)).await.unwrap_err().kind(), PsaErrorKind::Unavailable);
    assert_eq!(server.requests(), 3);
}

#[tokio::test]
async fn what_writes_is_sent_once_and_its_outcome_is_told() {
    let stored_or_not = PsaErrorKind::OutcomeUnknown;
    for (trouble, kind) in [
        (answer("500 Oops", ""), stored_or_not.clone()),
        (answer("504 Late", ""), stored_or_not.clone()),
        (answer("408 Late", ""), stored_or_not.clone()),
        (answer("302 Found", ""), stored_or_not.clone()),
        (Step::Reset, stored_or_not.clone()),
        (Step::Silence, stored_or_not.clone()),
        (answer("200 OK", &"x".repeat(2000)), stored_or_not),
        (answer("429 Slow", ""), PsaErrorKind::RateLimited { after: None }),
    ] {
        let server = Server::start([trouble, answer("200 OK", "{}")]).await;
        let error = transport().0.send(write(&server)).await.unwrap_err();
        assert_eq!(*error.kind(), kind, "{error}");
        assert_eq!(server.requests(), 1);
    }
    let server = Server::start([answer("400 Bad", "\"No\"")]).await;
    assert_eq!(transport().0.send(write(&server)).await.unwrap().status, 400);
}

/// A PSA that refuses with 500 and says so, and limits with any status.
fn says_no(reply: &Reply) -> Reading {
    match &reply.body[..] {
        b"no" => Reading::Answer,
        b"later" => Reading::Wait(Duration::from_secs(2)),
        _ => Reading::Unclear,
    }
}

#[tokio::test]
async fn a_refusal_in_a_500_is_an_answer_to_whoever_can_read_it() {
    for make in [read, write] {
        let server = Server::start([answer("500 Oops", "no"), answer("200 OK", "{}")]).await;
        let reply = transport().0.send(make(&server).read_by(says_no)).await.unwrap();
        assert_eq!((reply.status.as_u16(), server.requests()), (500, 1));
    }
    let limited = PsaErrorKind::RateLimited { after: Some(Duration::from_secs(2)) };
    for (trouble, kind) in [
        (answer("500 Oops", "later"), limited.clone()),
        (answer("429 Slow", "later"), limited),
        (answer("429 Slow", "?"), PsaErrorKind::RateLimited { after: None }),
        (answer("500 Oops", "?"), PsaErrorKind::OutcomeUnknown),
    ] {
        let server = Server::start([trouble]).await;
        let error = transport().0.send(write(&server).read_by(says_no)).await.unwrap_err();
        assert_eq!(*error.kind(), kind, "{error}");
    }
    let server = Server::start([answer("500 Oops", "later"), answer("200 OK", "{}")]).await;
    let (transport, clock) = transport();
    assert_eq!(transport.send(read(&server).read_by(says_no)).await.unwrap().status, 200);
    assert_eq!(*clock.waits.lock().unwrap(), [Duration::from_secs(2)]);
}

#[tokio::test]
async fn what_never_left_was_not_stored() {
    let closed = {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        format!("http://{}/", listener.local_addr().unwrap()).parse::<Url>().unwrap()
    };
    let (transport, _) = transport();
    let post =
        |url: &str| Request::post_json("write", url.parse().unwrap(), &[1]).unwrap().once(Timestamp::MAX);
    for url in [
        closed.as_str(),
        "https://10.0.0.1/",
        "http://8.8.8.8/",
        "https://user@8.8.8.8/",
        "http://[fd00::1]/",
    ] {
        let error = transport.send(post(url)).await.unwrap_err();
        assert_eq!(*error.kind(), PsaErrorKind::Unavailable, "{url}: {error}");
    }
    let error = transport.with_gate(Arc::new(Shut)).send(post(closed.as_str())).await.unwrap_err();
    assert_eq!(*error.kind(), PsaErrorKind::RateLimited { after: Some(Duration::from_secs(90)) });
}

#[tokio::test]
async fn a_name_that_leads_inside_is_refused_when_it_is_resolved() {
    let clock = Arc::new(Impatient::default());
    let strict = Transport::new(
        EgressPolicy::public_only(),
        TransportOptions::default(),
        clock.clone(),
        Arc::new(SystemRandom),
    )
    .unwrap();
    let url = "https://localhost/".parse().unwrap();
    let error = strict.send(Request::get("read", url)).await.unwrap_err();
    assert_eq!(*error.kind(), PsaErrorKind::Unavailable);
    assert!(error.detail().contains("localhost is not on the public internet"), "{error}");
    assert!(clock.waits.lock().unwrap().is_empty(), "a refusal of ours is not tried again");
}

#[tokio::test]
async fn a_short_retry_after_is_waited_for_and_a_long_one_is_passed_on() {
    let limited = |headers| Step::Answer("429 Slow", headers, String::new());
    let server = Server::start([limited("retry-after: 7\r\n"), answer("200 OK", "{}")]).await;
    let (transport, clock) = transport();
    assert_eq!(transport.send(read(&server)).await.unwrap().status, 200);
    assert_eq!(*clock.waits.lock().unwrap(), [Duration::from_secs(7)]);

    for (headers, seconds) in
        [("retry-after: 60\r\n", 60), ("retry-after: Thu, 01 Oct 2026 12:02:00 GMT\r\n", 120)]
    {
        let server = Server::start([limited(headers)]).await;
        let error = transport.send(read(&server)).await.unwrap_err();
        let after = Some(Duration::from_secs(seconds));
        assert_eq!(*error.kind(), PsaErrorKind::RateLimited { after });
        assert_eq!(server.requests(), 1);
    }
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let trap = Server::start([answer("200 OK", "{}")]).await;
    let headers = Box::leak(format!("location: {}\r\n", trap.url).into_boxed_str());
    let server = Server::start([Step::Answer("302 Found", headers, String::new())]).await;
    assert_eq!(transport().0.send(read(&server)).await.unwrap().status, 302);
    assert_eq!(trap.requests(), 0);
}

#[tokio::test]
async fn a_body_is_read_up_to_its_limit() {
    let server =
        Server::start([answer("200 OK", &"x".repeat(1000)), answer("200 OK", &"x".repeat(1001))]).await;
    let (transport, _) = transport();
    assert_eq!(transport.send(read(&server)).await.unwrap().body.len(), 1000);
    assert_eq!(*transport.send(read(&server)).await.unwrap_err().kind(), PsaErrorKind::Protocol);
}

#[tokio::test]
async fn the_gate_is_asked_before_each_try() {
    let server = Server::start([Step::Reset, answer("200 OK", "{}")]).await;
    let gate = Arc::new(Counting::default());
    transport().0.with_gate(gate.clone()).send(read(&server)).await.unwrap();
    assert_eq!(*gate.0.lock().unwrap(), [RequestKind::Read, RequestKind::Read]);
}

#[tokio::test]
async fn a_request_says_who_sends_it_and_an_error_holds_no_secret() {
    let server = Server::start([Step::Reset]).await;
    let request = write(&server).bearer("hunter2".into()).header("x-key", "hunter3".into());
    assert!(!format!("{request:?}").contains("hunter"));
    let error = transport().0.send(request).await.unwrap_err();
    let shown = format!("{error} {error:?}");
    assert!(!shown.contains("hunter") && !shown.contains("secret=value"), "{shown}");
    let sent = server.seen.lock().unwrap()[0].to_lowercase();
    assert!(sent.contains(concat!("user-agent: psa-bridge/", env!("CARGO_PKG_VERSION"))), "{sent}");
    assert!(sent.contains("authorization: bearer hunter2") && sent.contains("x-key: hunter3"), "{sent}");
    assert!(sent.contains("content-type: application/json") && sent.ends_with("[1]"), "{sent}");
}

#[tokio::test]
async fn a_request_that_had_to_wait_too_long_does_not_leave() {
    let server = Server::start([answer("200 OK", "{}")]).await;
    let (transport, clock) = transport();
    let late = Request::post_json("write", server.url.clone(), &[1]).unwrap();
    let error =
        transport.send(late.once(clock.now() - jiff::SignedDuration::from_secs(1))).await.unwrap_err();
    assert_eq!(*error.kind(), PsaErrorKind::Unavailable);
    assert_eq!(server.requests(), 0);
}

#[tokio::test]
async fn a_request_for_whose_answer_no_time_is_left_does_not_leave() {
    let server = Server::start([answer("200 OK", "{}"), answer("200 OK", "{}")]).await;
    let (transport, clock) = transport();
    let deadline = Deadline::default();
    let bound = transport.within(deadline.clone()).with_gate(Arc::new(OpenGate));
    bound.send(write(&server)).await.unwrap();
    deadline.set(clock.now() + jiff::SignedDuration::from_millis(900));
    let error = bound.send(write(&server)).await.unwrap_err();
    assert_eq!(*error.kind(), PsaErrorKind::Unavailable);
    assert_eq!(server.requests(), 1, "what never left was not stored");
}

#[tokio::test]
async fn nobody_waits_for_a_try_that_no_time_is_left_for() {
    let server = Server::start([answer("503 Busy", ""), answer("200 OK", "{}")]).await;
    let (transport, clock) = transport();
    let deadline = Deadline::default();
    // Enough for the first try, and not for the shortest wait and another.
    deadline.set(clock.now() + jiff::SignedDuration::from_millis(1_001));
    let reply = transport.within(deadline).send(read(&server)).await.unwrap();
    assert_eq!(reply.status, 503, "what the first try got");
    assert_eq!((server.requests(), clock.waits.lock().unwrap().len()), (1, 0));
}
