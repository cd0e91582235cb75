//! A mail as it goes over the wire. The library writes the head, so that no value can end its line and begin another.

use lettre::{
    Message,
    message::{
        Mailbox,
        header::{ContentType, HeaderName, HeaderValue},
    },
};
use psa_bridge_core::ports::{Mail, MailError};
use std::{str::FromStr, time::SystemTime};
use thiserror::Error;

/// Who mails are from: `name@example.com` or `Name <name@example.com>`.
#[derive(Clone, Debug)]
pub struct Sender(Mailbox);

/// That is no sender.
#[derive(Debug, Error)]
#[error("is no address such as \"PSA Bridge <psa-bridge@example.com>\": {0}")]
pub struct SenderError(#[from] lettre::address::AddressError);

impl FromStr for Sender {
    type Err = SenderError;
    fn from_str(text: &str) -> Result<Self, SenderError> {
        Ok(Self(text.parse()?))
    }
}

/// Writes it. The same mail always comes out the same, to the byte.
pub(super) fn write(mail: &Mail, from: &Sender) -> Result<Message, MailError> {
    let refused = |what: &str| MailError::Refused(what.to_owned());
    let to: Mailbox = mail.to.parse().map_err(|_| refused("the emergency contact is no address"))?;
    let name = HeaderName::new_from_ascii("Auto-Submitted".to_owned());
    let name = name.map_err(|_| refused("the mail cannot be written"))?;
    Message::builder()
        .from(from.0.clone())
        .to(to)
        .subject(mail.subject.clone())
        .date(SystemTime::from(mail.date))
        .message_id(Some(format!("<{}@{}>", mail.id, from.0.email.domain())))
        // RFC 3834: out-of-office replies and ticket systems leave it alone.
        .raw_header(HeaderValue::new(name, "auto-generated".to_owned()))
        .header(ContentType::TEXT_PLAIN)
        .body(mail.text.clone())
        .map_err(|_| refused("the mail cannot be written"))
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use psa_bridge_core::ids::NoticeId;

    pub(in crate::mail) fn sender() -> Sender {
        "PSA Bridge <bridge@vendor.example>".parse().unwrap()
    }

    pub(in crate::mail) fn mail() -> Mail {
        Mail {
            id: NoticeId::derive(&["test"]),
            date: "2026-03-01T08:00:00Z".parse().unwrap(),
            to: "noc@msp.example".to_owned(),
            subject: "Bitte prüfen".to_owned(),
            text: "Guten Tag,\n\n.\nes geht nichts – gar nichts.\n".to_owned(),
        }
    }

    fn head(mail: &Mail) -> Vec<String> {
        let written = String::from_utf8(write(mail, &sender()).unwrap().formatted()).unwrap();
        let (head, _) = written.split_once("\r\n\r\n").unwrap();
        head.replace("\r\n ", " ").lines().map(str::to_owned).collect()
    }

    #[test]
    fn the_head_says_from_whom_to_whom_and_that_no_answer_is_wanted() {
        let id = NoticeId::derive(&["test"]);
        let head = head(&mail());
        for line in [
            "From: \"PSA Bridge\" <bridge@vendor.example>",
            "To: noc@msp.example",
            "Date: Sun, 01 Mar 2026 08:00:00 +0000",
            &format!("Message-ID: <{id}@vendor.example>"),
            "Auto-Submitted: auto-generated",
            "Content-Type: text/plain; charset=utf-8",
        ] {
            assert!(head.iter().any(|it| it == line), "{line} in {head:#?}");
        }
    }

    #[test]
    fn no_value_can_write_a_line_of_the_head() {
        let bad = "x\r\nBcc: eve@example.com\r\n\r\nbody";
        let mail = Mail { subject: bad.to_owned(), ..mail() };
        assert!(!head(&mail).iter().any(|line| line.starts_with("Bcc")), "{:#?}", head(&mail));
        for to in [bad, "a@b.example\r\nBcc: eve@example.com", "a@b.example, eve@example.com", ""] {
            let refused = write(&Mail { to: to.to_owned(), ..mail.clone() }, &sender());
            assert!(matches!(refused, Err(MailError::Refused(_))), "{to:?}");
        }
    }

    #[test]
    fn a_contact_with_letters_of_any_script_is_written_to() {
        write(&Mail { to: "müller@köln.example".to_owned(), ..mail() }, &sender()).unwrap();
    }
}
