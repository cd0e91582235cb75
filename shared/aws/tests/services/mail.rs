//! Mails: what SES is asked to send, and what its answers mean.

use crate::{
    answering::{Answer, server},
    emulator::emulator,
};
use aws_sdk_sesv2::{
    Client, Config,
    config::{BehaviorVersion, Credentials, Region},
};
use psa_bridge_aws::{SesMailer, http_client};
use psa_bridge_core::{
    ids::NoticeId,
    ports::{Mail, MailError, Mailer},
};
use serde_json::{Value, json};

const TAKEN: Answer = Answer::With { status: 200, code: None, body: "{\"MessageId\":\"1\"}" };

fn client(endpoint: &str) -> Client {
    let config = Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-central-1"))
        .credentials_provider(Credentials::new("000000000003", "secret", None, None, "tests"))
        .endpoint_url(endpoint)
        .http_client(http_client())
        .build();
    Client::from_conf(config)
}

fn mailer(endpoint: &str) -> SesMailer {
    SesMailer::new(client(endpoint), "PSA Bridge <bridge@vendor.example>").unwrap()
}

fn mail() -> Mail {
    Mail {
        id: NoticeId::derive(&["test"]),
        date: "2026-03-01T08:00:00Z".parse().unwrap(),
        to: "noc@msp.example".to_owned(),
        subject: "Bitte prüfen".to_owned(),
        text: "Guten Tag,\n\n.\nes geht nichts – gar nichts.\n".to_owned(),
    }
}

/// What a server heard that answers so, and what the mailer made of the answer.
async fn send(mail: &Mail, answer: Answer) -> (Result<(), MailError>, Value) {
    let (endpoint, heard) = server(answer);
    let sent = mailer(&endpoint).with_configuration_set("bridge").send(mail).await;
    (sent, serde_json::from_str(&heard.join().unwrap()).unwrap())
}

async fn refusal(code: &'static str, body: &'static str) -> MailError {
    let (sent, _) = send(&mail(), Answer::With { status: 400, code: Some(code), body }).await;
    sent.unwrap_err()
}

#[tokio::test]
async fn what_was_to_be_said_is_sent() {
    let (sent, heard) = send(&mail(), TAKEN).await;
    sent.unwrap();
    let text = |data: &str| json!({ "Data": data, "Charset": "UTF-8" });
    let expected = json!({
        "FromEmailAddress": "PSA Bridge <bridge@vendor.example>",
        "Destination": { "ToAddresses": ["noc@msp.example"] },
        "Content": { "Simple": {
            "Subject": text("Bitte prüfen"),
            "Body": { "Text": text(&mail().text) },
            "Headers": [
                { "Name": "Auto-Submitted", "Value": "auto-generated" },
                { "Name": "X-PSA-Bridge-Notice", "Value": mail().id },
            ],
        } },
        "ConfigurationSetName": "bridge",
    });
    assert_eq!(heard, expected);
}

#[tokio::test]
async fn no_subject_can_write_a_line_of_the_head() {
    let subject = "x\r\nBcc: eve@example.com".to_owned();
    let (sent, heard) = send(&Mail { subject, ..mail() }, TAKEN).await;
    sent.unwrap();
    assert_eq!(heard["Content"]["Simple"]["Subject"]["Data"], "x  Bcc: eve@example.com");
}

#[tokio::test]
async fn what_is_no_single_address_is_refused_unasked() {
    let unasked = mailer("http://127.0.0.1:1");
    for to in [
        "",
        "noc",
        "@msp.example",
        "a@b.example, eve@example.com",
        "a@b.example\r\nBcc: e@x.example",
        "a b@c.example",
    ] {
        let refused = unasked.send(&Mail { to: to.to_owned(), ..mail() }).await;
        assert!(matches!(refused, Err(MailError::Refused(_))), "{to:?}: {refused:?}");
    }
}

#[tokio::test]
async fn what_is_no_sender_is_refused_at_the_start() {
    for from in [
        "",
        "bridge",
        "PSA Bridge <bridge@vendor.example",
        "PSA <a@b.example>, <c@d.example>",
        "Brücke <a@b.example>",
    ] {
        assert!(SesMailer::new(client("http://127.0.0.1:1"), from).is_err(), "{from:?}");
    }
    SesMailer::new(client("http://127.0.0.1:1"), "bridge@vendor.example").unwrap();
}

#[tokio::test]
async fn a_refusal_for_good_is_final_and_names_no_address() {
    let spam = refusal("MessageRejected", "{\"message\":\"Content of <noc@msp.example> rejected\"}").await;
    let MailError::Refused(why) = &spam else { panic!("{spam:?}") };
    assert!(why.contains("rejected") && !why.contains("noc@msp.example"), "{why}");
    let wrong = refusal("BadRequestException", "{\"message\":\"Illegal address\"}").await;
    assert!(matches!(wrong, MailError::Refused(_)), "{wrong:?}");
}

#[tokio::test]
async fn what_is_about_the_account_costs_no_mail() {
    for code in [
        "AccountSuspendedException",
        "SendingPausedException",
        "MailFromDomainNotVerifiedException",
        "TooManyRequestsException",
        "LimitExceededException",
        "NotFoundException",
        "AccessDeniedException",
    ] {
        let failed = refusal(code, "{\"message\":\"no\"}").await;
        assert!(matches!(failed, MailError::Failed(_)), "{code}: {failed:?}");
    }
    let body = "{\"message\":\"Email address is not verified: noc@msp.example\"}";
    let failed = refusal("MessageRejected", body).await;
    let MailError::Failed(why) = &failed else { panic!("{failed:?}") };
    assert!(!why.contains("noc@msp.example"), "{why}");
}

#[tokio::test]
async fn a_server_that_fails_or_hangs_up_is_asked_again_by_the_outbox_alone() {
    // Each of these servers answers one request: a second one would be refused, and the failure would say so.
    let broken =
        Answer::With { status: 500, code: Some("InternalFailure"), body: "{\"message\":\"broken\"}" };
    let (sent, _) = send(&mail(), broken).await;
    let Err(MailError::Failed(why)) = sent else { panic!("{sent:?}") };
    assert!(why.contains("broken"), "{why}");
    let (sent, _) = send(&mail(), Answer::HangUp).await;
    assert!(matches!(sent, Err(MailError::Failed(_))), "{sent:?}");
}

#[tokio::test]
async fn ses_takes_such_a_mail() {
    let client = client(&emulator().endpoint());
    client.create_email_identity().email_identity("vendor.example").send().await.unwrap();
    SesMailer::new(client, "PSA Bridge <bridge@vendor.example>").unwrap().send(&mail()).await.unwrap();
}
