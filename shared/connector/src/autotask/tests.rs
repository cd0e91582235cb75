//! The connector against a server that says exactly what a test tells it to: what goes onto the wire, and what does not.

use super::*;
use crate::clock::{Clock, SystemClock, SystemRandom};
use crate::{CheckCode, CheckStatus, EgressPolicy, FieldValue, Text, TransportOptions};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::Mutex as StdMutex;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

#[derive(Clone, Debug)]
struct Seen {
    line: String,
    headers: HashMap<String, String>,
    body: Value,
}

type Answer = (u16, String);
type Script = dyn Fn(&Seen, &str) -> Answer + Send + Sync;

/// A server that is Autotask's zone lookup and one zone, or several under different folders.
struct Server {
    url: String,
    seen: Arc<StdMutex<Vec<Seen>>>,
}

impl Server {
    /// `script` is told each request and the server's address.
    async fn start(script: impl Fn(&Seen, &str) -> Answer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let seen = Arc::new(StdMutex::new(Vec::new()));
        let (log, script, own) =
            (Arc::clone(&seen), Arc::<Script>::from(Box::new(script) as Box<Script>), url.clone());
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&script), Arc::clone(&log), own.clone()));
            }
        });
        Self { url, seen }
    }

    /// A tenant in one zone, where `script` answers.
    async fn in_zone(script: impl Fn(&Seen, &str) -> Answer + Send + Sync + 'static) -> Self {
        Self::start(
            move |seen, own| {
                if seen.line.contains("/lookup/") { zone(own, "zone") } else { script(seen, own) }
            },
        )
        .await
    }

    fn connector(&self) -> Autotask {
        self.connector_with("hunter2", &AutotaskMemory::default())
    }

    fn connector_with(&self, secret: &str, memory: &AutotaskMemory) -> Autotask {
        let policy = EgressPolicy::public_only().allow_loopback();
        let clock = Arc::new(SystemClock);
        let transport =
            Transport::new(policy, TransportOptions::default(), clock, Arc::new(SystemRandom)).unwrap();
        let autotask = AutotaskOptions {
            integration_code: Some("VENDOR".into()),
            url: format!("{}/lookup", self.url),
            memory: memory.clone(),
        };
        let options = ConnectorOptions { autotask, ..ConnectorOptions::default() };
        let credentials = Credentials::new().with("user_name", "key@example.org").with("secret", secret);
        Autotask::open(&credentials, &transport, &options).unwrap()
    }

    /// The requests with credentials, without their versions and headers.
    fn calls(&self) -> Vec<String> {
        let seen = self.seen.lock().unwrap();
        seen.iter().filter(|seen| seen.headers.contains_key("secret")).map(|seen| seen.line.clone()).collect()
    }
}

async fn serve(mut stream: TcpStream, script: Arc<Script>, log: Arc<StdMutex<Vec<Seen>>>, own: String) {
    let mut raw = Vec::new();
    loop {
        let mut buffer = [0; 4096];
        let read = stream.read(&mut buffer).await.unwrap();
        raw.extend_from_slice(&buffer[..read]);
        let text = String::from_utf8_lossy(&raw).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let headers: HashMap<_, _> = head
            .lines()
            .filter_map(|line| line.split_once(": "))
            .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
            .collect();
        if headers.get("content-length").and_then(|length| length.parse().ok()).unwrap_or(0) > body.len() {
            continue;
        }
        let line = head.lines().next().unwrap_or_default().trim_end_matches(" HTTP/1.1").to_owned();
        let seen = Seen { line, headers, body: serde_json::from_str(body).unwrap_or_default() };
        let (status, answer) = script(&seen, &own);
        log.lock().unwrap().push(seen);
        let length = answer.len();
        let reply =
            format!("HTTP/1.1 {status} X\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{answer}");
        stream.write_all(reply.as_bytes()).await.unwrap();
        return;
    }
}

fn zone(own: &str, folder: &str) -> Answer {
    let zone =
        json!({ "zoneName": "Z", "url": format!("{own}/{folder}/"), "webUrl": format!("{own}/"), "ci": 7 });
    (200, zone.to_string())
}

fn list(items: &Value, next: Option<&str>) -> Answer {
    (200, json!({ "items": items, "pageDetails": { "count": 1, "nextPageUrl": next } }).to_string())
}

fn errors(text: &str) -> Answer {
    (500, json!({ "errors": [text] }).to_string())
}

/// Values that leave nothing to be looked up.
fn settings() -> FieldValues {
    ["status", "priority", "queueID"].map(|field| (field.to_owned(), FieldValue::Int(1))).into()
}

fn new_ticket(fields: FieldValues) -> NewTicket {
    NewTicket {
        client: ClientId::new("0"),
        reference: Reference::new("PB-1"),
        title: "Backup failed".to_owned(),
        description: Text::default(),
        fields,
    }
}

#[tokio::test]
async fn refused_credentials_are_sent_once_however_many_ask() {
    let server = Server::in_zone(|_, _| (401, String::new())).await;
    let connector = server.connector();
    let (one, two, three) = tokio::join!(connector.ping(), connector.ticket_form(), connector.tenant());
    for error in [one.unwrap_err(), two.unwrap_err(), three.unwrap_err()] {
        assert_eq!(*error.kind(), PsaErrorKind::InvalidCredentials, "{error}");
        assert!(!format!("{error:?}").contains("hunter2"));
    }
    assert_eq!(server.calls().len(), 1, "{:?}", server.calls());
    let report = connector.check().await;
    let failed = report.lines.iter().find(|line| line.status == CheckStatus::Failed).unwrap();
    assert_eq!((failed.code, server.calls().len()), (CheckCode::Credentials, 2));
}

#[tokio::test]
async fn a_refusal_is_known_to_all_who_hold_the_same_credentials() {
    let server = Server::in_zone(|seen, _| match seen.headers.get("secret").map(String::as_str) {
        Some("right") => list(&json!([]), None),
        _ => (401, String::new()),
    })
    .await;
    let memory = AutotaskMemory::default();
    let [worker, person] = ["wrong", "wrong"].map(|secret| server.connector_with(secret, &memory));
    assert!(worker.ping().await.is_err() && person.ping().await.is_err());
    assert_eq!(server.calls().len(), 1);
    server.connector_with("right", &memory).ping().await.unwrap();
    // A person's check clears the way for the worker too, whatever it finds itself.
    assert!(!person.check().await.passed());
    assert_eq!(server.calls().len(), 3);
    worker.session.start_over().await;
    assert!(person.ping().await.is_err());
    assert_eq!(server.calls().len(), 4);
}

#[tokio::test]
async fn a_tenant_that_moved_is_found_again_and_a_create_arrives_once() {
    let lookups = StdMutex::new(0);
    let server = Server::start(move |seen, own| match seen.line.as_str() {
        line if line.contains("/lookup/") => {
            let mut lookups = lookups.lock().unwrap();
            *lookups += 1;
            zone(own, if *lookups == 1 { "old" } else { "new" })
        }
        line if line.contains("/old/") => (401, String::new()),
        _ => (200, r#"{"itemId":"77"}"#.to_owned()),
    })
    .await;
    let connector = server.connector();
    let id = connector.create_ticket(&new_ticket(settings())).await.unwrap();
    assert_eq!(id.as_str(), "77");
    assert_eq!(server.calls(), ["POST /old/V1.0/Tickets", "POST /new/V1.0/Tickets"]);
    assert_eq!(
        connector.ticket_url(&id),
        format!(
            "{}/Autotask/AutotaskExtend/ExecuteCommand.aspx?Code=OpenTicketDetail&TicketID=77",
            server.url
        )
    );
}

#[tokio::test]
async fn a_request_carries_what_autotask_asks_for_and_the_lookup_carries_no_secret() {
    let server = Server::in_zone(|_, _| (200, r#"{"itemId":5}"#.to_owned())).await;
    server.connector().create_ticket(&new_ticket(settings())).await.unwrap();
    let seen = server.seen.lock().unwrap().clone();
    assert_eq!(seen[0].line, "GET /lookup/V1.0/zoneInformation?user=key%40example.org");
    assert!(!seen[0].headers.values().any(|value| value.contains("hunter2")));
    let header = |name: &str| seen[1].headers.get(name).map(String::as_str);
    assert_eq!(
        [header("username"), header("secret"), header("apiintegrationcode")],
        [Some("key@example.org"), Some("hunter2"), Some("VENDOR")]
    );
    assert_eq!((&seen[1].body["companyID"], &seen[1].body["externalID"]), (&json!(0), &json!("PB-1")));
    assert_eq!(seen.len(), 2, "the lookup once, and then one call a ticket");
}

#[tokio::test]
async fn every_page_is_asked_for_by_the_same_method_with_the_same_filter() {
    let server = Server::in_zone(|seen, own| match seen.line.as_str() {
        line if line.ends_with("/query") => {
            let next = format!("{own}/zone/V1.0/Tickets/query/next?paging=%7b%7d");
            list(&json!([{ "id": 4, "externalID": "PB-11" }, { "id": 5, "externalID": "pb-1" }]), Some(&next))
        }
        _ => list(&json!([{ "id": 9, "externalID": "PB-1" }, { "id": 7, "externalID": "PB-1" }]), None),
    })
    .await;
    let connector = server.connector();
    let reference = Reference::new("PB-1");
    let found = connector.find_ticket(&ClientId::new("0"), &reference, SystemClock.now()).await.unwrap();
    assert_eq!(found, Some(TicketId::new("7")));
    let seen = server.seen.lock().unwrap();
    let pages: Vec<_> = seen.iter().skip(1).collect();
    assert_eq!(pages.len(), 2);
    assert!(pages.iter().all(|page| page.line.starts_with("POST ") && page.body == pages[0].body));
    assert_eq!(pages[0].body["MaxRecords"], json!(500));
}

#[tokio::test]
async fn a_next_page_elsewhere_is_not_asked_for() {
    for elsewhere in ["http://localhost:9/zone/V1.0/Tickets/query/next", "https://evil.example.org/x"] {
        let server = Server::in_zone(move |_, _| list(&json!([{ "id": 4 }]), Some(elsewhere))).await;
        let client = ClientId::new("0");
        let result =
            server.connector().find_ticket(&client, &Reference::new("PB-1"), SystemClock.now()).await;
        assert_eq!(*result.unwrap_err().kind(), PsaErrorKind::Protocol, "{elsewhere}");
        assert_eq!(server.calls().len(), 1);
    }
}

#[tokio::test]
async fn a_due_date_is_held_back_where_an_sla_may_set_it_until_autotask_asks_for_it() {
    let server = Server::in_zone(|seen, _| match seen.line.as_str() {
        _ if seen.body.get("dueDateTime").is_none() => {
            errors("dueDateTime is required.; on record number [0].")
        }
        _ => (200, r#"{"itemId":5}"#.to_owned()),
    })
    .await;
    let mut fields = settings();
    fields.insert("dueDateTime".to_owned(), FieldValue::Int(8));
    fields.insert("serviceLevelAgreementID".to_owned(), FieldValue::Int(2));
    server.connector().create_ticket(&new_ticket(fields)).await.unwrap();
    assert_eq!(server.calls().len(), 2);
    let error = server.connector().create_ticket(&new_ticket(settings())).await.unwrap_err();
    assert_eq!(*error.kind(), PsaErrorKind::Rejected { field: Some("dueDateTime".to_owned()) });
}

#[tokio::test]
async fn a_create_is_sent_once_and_its_outcome_is_told() {
    for (answer, kind) in [
        (errors("Object reference not set to an instance of an object."), PsaErrorKind::OutcomeUnknown),
        (errors("Execution Timeout Expired."), PsaErrorKind::OutcomeUnknown),
        ((200, "<html>Maintenance</html>".to_owned()), PsaErrorKind::OutcomeUnknown),
        ((200, "{}".to_owned()), PsaErrorKind::OutcomeUnknown),
        ((502, String::new()), PsaErrorKind::OutcomeUnknown),
        (errors("queueID is required"), PsaErrorKind::Rejected { field: Some("queueID".to_owned()) }),
        (errors("IntegrationCode is invalid."), PsaErrorKind::WrongIntegration),
    ] {
        let said = answer.clone();
        let server = Server::in_zone(move |_, _| said.clone()).await;
        let error = server.connector().create_ticket(&new_ticket(settings())).await.unwrap_err();
        assert_eq!((error.kind(), server.calls().len()), (&kind, 1), "{answer:?}");
    }
}

#[tokio::test]
async fn a_status_that_does_not_stick_is_an_error() {
    let server = Server::in_zone(|seen, _| match seen.line.as_str() {
        line if line.starts_with("PATCH ") => (200, r#"{"itemId":5}"#.to_owned()),
        _ => (200, json!({ "item": { "id": 5, "status": 1 } }).to_string()),
    })
    .await;
    let error = server.connector().set_status(&TicketId::new("5"), 5).await.unwrap_err();
    assert_eq!(*error.kind(), PsaErrorKind::Rejected { field: Some("status".to_owned()) });
    assert_eq!(server.calls(), ["PATCH /zone/V1.0/Tickets", "GET /zone/V1.0/Tickets/5"]);
}

#[tokio::test]
async fn a_ticket_without_a_number_says_so() {
    for (told, number) in
        [(json!(" T20260604.0002 "), Some("T20260604.0002")), (json!(" "), None), (json!(null), None)]
    {
        let server = Server::in_zone(move |_, _| {
            (200, json!({ "item": { "id": 5, "ticketNumber": told } }).to_string())
        })
        .await;
        let ticket = server.connector().ticket(&TicketId::new("5")).await.unwrap();
        assert_eq!(ticket.number.as_deref(), number);
    }
}

#[tokio::test]
async fn what_is_not_there_is_none_in_both_of_autotasks_ways() {
    for answer in [(200, r#"{"item":null}"#.to_owned()), (404, String::new())] {
        let server = Server::in_zone(move |_, _| answer.clone()).await;
        let connector = server.connector();
        assert_eq!(connector.client(&ClientId::new("5")).await.unwrap(), None);
        assert_eq!(connector.ticket(&TicketId::new("5")).await.unwrap().state, TicketState::Deleted);
    }
}
