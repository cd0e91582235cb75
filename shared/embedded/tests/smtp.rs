//! Mails over a real SMTP exchange: a small mail server on loopback that takes, refuses or falls silent.

#![expect(clippy::unwrap_used, reason = "a test whose set-up fails has failed")]

use psa_bridge_core::{
    ids::NoticeId,
    ports::{Mail, MailError, Mailer},
};
use psa_bridge_embedded::{SmtpMailer, SmtpOptions, SmtpTls};
use std::{net::Ipv4Addr, time::Duration};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

/// How the server answers; what is not named is taken.
#[derive(Clone, Copy, Default)]
struct Manners {
    /// To `AUTH`.
    auth: Option<&'static str>,
    /// To `RCPT`.
    recipient: Option<&'static str>,
    /// To the mail itself.
    data: Option<&'static str>,
    /// Says nothing at all any more once the mail has come.
    silent: bool,
    /// Hangs up once the mail has come.
    hangs_up: bool,
}

/// All lines of one conversation that the client said.
type Heard = JoinHandle<Vec<String>>;

async fn server(manners: Manners) -> (u16, Heard) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let heard = tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        converse(stream, manners).await
    });
    (port, heard)
}

async fn converse(stream: TcpStream, manners: Manners) -> Vec<String> {
    let (reader, mut writer) = stream.into_split();
    let mut lines = BufReader::new(reader).lines();
    let mut heard = Vec::new();
    let mut in_data = false;
    writer.write_all(b"220 mail.test\r\n").await.unwrap();
    while let Ok(Some(line)) = lines.next_line().await {
        heard.push(line.clone());
        let verb = line.split(' ').next().unwrap_or_default().to_ascii_uppercase();
        let answer = if in_data {
            if line != "." {
                continue;
            }
            in_data = false;
            if manners.silent {
                continue;
            }
            if manners.hangs_up {
                return heard;
            }
            manners.data.unwrap_or("250 2.0.0 queued")
        } else {
            match verb.as_str() {
                "EHLO" => "250-mail.test\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250 AUTH PLAIN LOGIN",
                "AUTH" => manners.auth.unwrap_or("235 2.7.0 welcome"),
                "RCPT" => manners.recipient.unwrap_or("250 2.1.5 ok"),
                "DATA" => {
                    in_data = true;
                    "354 go on"
                }
                "QUIT" => "221 2.0.0 bye",
                _ => "250 2.0.0 ok",
            }
        };
        if writer.write_all(format!("{answer}\r\n").as_bytes()).await.is_err() {
            return heard;
        }
    }
    heard
}

fn options(port: u16) -> SmtpOptions {
    SmtpOptions {
        host: Ipv4Addr::LOCALHOST.to_string(),
        port: Some(port),
        tls: SmtpTls::None,
        credentials: None,
        timeout: Duration::from_mins(1),
    }
}

fn mailer(options: &SmtpOptions) -> SmtpMailer {
    SmtpMailer::new(options, "PSA Bridge <bridge@vendor.example>".parse().unwrap()).unwrap()
}

fn mail() -> Mail {
    Mail {
        id: NoticeId::derive(&["test"]),
        date: "2026-03-01T08:00:00Z".parse().unwrap(),
        to: "noc@msp.example".to_owned(),
        subject: "Bitte prüfen".to_owned(),
        text: "Guten Tag,\n\n.\nEs geht nichts – gar nichts.\n".to_owned(),
    }
}

async fn send_to(manners: Manners) -> (Result<(), MailError>, Vec<String>) {
    let (port, heard) = server(manners).await;
    let sent = mailer(&options(port)).send(&mail()).await;
    (sent, heard.await.unwrap())
}

#[tokio::test]
async fn what_was_to_be_said_arrives() {
    let (sent, heard) = send_to(Manners::default()).await;
    sent.unwrap();
    let has = |line: &str| heard.iter().any(|it| it.starts_with(line));
    assert!(has("MAIL FROM:<bridge@vendor.example>"), "{heard:#?}");
    assert!(has("RCPT TO:<noc@msp.example>"), "{heard:#?}");
    assert!(has(&format!("Message-ID: <{}@vendor.example>", mail().id)), "{heard:#?}");
    assert!(has("Subject: Bitte =?utf-8?b?"), "{heard:#?}");
    assert!(has("Auto-Submitted: auto-generated"), "{heard:#?}");
    let ends = heard.iter().filter(|line| *line == ".").count();
    assert_eq!(ends, 1, "a point alone on a line ends the mail at its end only: {heard:#?}");
    assert!(heard.iter().any(|line| line.contains("gar nichts")), "{heard:#?}");
}

#[tokio::test]
async fn the_server_is_told_who_we_are_where_it_asks() {
    let (port, heard) = server(Manners::default()).await;
    let credentials = Some(("bridge".to_owned(), "s3cret".into()));
    mailer(&SmtpOptions { credentials, ..options(port) }).send(&mail()).await.unwrap();
    let heard = heard.await.unwrap();
    // NUL bridge NUL s3cret, in base64.
    assert!(heard.contains(&"AUTH PLAIN AGJyaWRnZQBzM2NyZXQ=".to_owned()), "{heard:#?}");
}

#[tokio::test]
async fn a_refusal_for_now_is_tried_again() {
    for manners in [
        Manners { recipient: Some("451 4.7.1 greylisted, come back later"), ..Manners::default() },
        Manners { data: Some("452 4.3.1 out of space"), ..Manners::default() },
    ] {
        let (sent, _) = send_to(manners).await;
        assert!(matches!(sent, Err(MailError::Failed(_))), "{sent:?}");
    }
}

#[tokio::test]
async fn a_refusal_for_good_is_final_and_names_no_address() {
    let recipient = Some("550 5.1.1 <noc@msp.example>: no such user");
    let (sent, heard) = send_to(Manners { recipient, ..Manners::default() }).await;
    let Err(MailError::Refused(why)) = sent else { panic!("{sent:?}") };
    assert!(why.contains("no such user") && !why.contains("noc@msp.example"), "{why}");
    assert!(!heard.contains(&"DATA".to_owned()), "{heard:#?}");
    let (sent, _) = send_to(Manners { data: Some("554 5.7.1 spam"), ..Manners::default() }).await;
    assert!(matches!(sent, Err(MailError::Refused(_))), "{sent:?}");
}

#[tokio::test]
async fn a_wrong_password_costs_no_mail() {
    let (port, heard) = server(Manners { auth: Some("535 5.7.8 wrong"), ..Manners::default() }).await;
    let credentials = Some(("bridge".to_owned(), "s3cret".into()));
    let sent = mailer(&SmtpOptions { credentials, ..options(port) }).send(&mail()).await;
    let Err(MailError::Failed(why)) = sent else { panic!("{sent:?}") };
    assert!(!why.contains("s3cret"), "{why}");
    assert!(!heard.await.unwrap().iter().any(|line| line.starts_with("MAIL")));
}

#[tokio::test]
async fn a_server_that_falls_silent_or_hangs_up_is_tried_again() {
    let (port, heard) = server(Manners { silent: true, ..Manners::default() }).await;
    let timeout = Duration::from_millis(500);
    let sent = mailer(&SmtpOptions { timeout, ..options(port) }).send(&mail()).await;
    assert!(matches!(sent, Err(MailError::Failed(_))), "{sent:?}");
    heard.await.unwrap();
    let (sent, _) = send_to(Manners { hangs_up: true, ..Manners::default() }).await;
    assert!(matches!(sent, Err(MailError::Failed(_))), "{sent:?}");
}

#[tokio::test]
async fn without_tls_where_tls_is_asked_for_nothing_is_said() {
    for tls in [SmtpTls::StartTls, SmtpTls::Implicit] {
        let (port, heard) = server(Manners::default()).await;
        let credentials = Some(("bridge".to_owned(), "s3cret".into()));
        let sent = mailer(&SmtpOptions { tls, credentials, ..options(port) }).send(&mail()).await;
        assert!(matches!(sent, Err(MailError::Failed(_))), "{sent:?}");
        let heard = heard.await.unwrap();
        assert!(!heard.iter().any(|line| line.starts_with("AUTH") || line.starts_with("MAIL")), "{heard:#?}");
    }
}

#[tokio::test]
async fn a_server_that_is_not_there_is_tried_again() {
    let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap().local_addr().unwrap().port();
    let sent = mailer(&options(port)).send(&mail()).await;
    assert!(matches!(sent, Err(MailError::Failed(_))), "{sent:?}");
}
