use super::*;
use crate::ids::{EventId, OrganizationId};
use crate::reason::Reason;
use std::collections::BTreeSet;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn stopped(cause: Cause) -> News {
    News::Stopped { cause, since: at("2026-03-01T08:05:09.123Z") }
}

fn recovered(cause: Cause) -> News {
    News::Recovered { cause, since: at("2026-03-01T08:05:09.123Z") }
}

fn input<'a>(news: &'a News, tenant: &'a str) -> MailInput<'a> {
    MailInput {
        news,
        at: at("2026-03-01T09:00:00Z"),
        psa: "HaloPSA",
        tenant,
        waiting: 12,
        portal: Some("https://portal.example/psa/con_1"),
        notice: "ntc_1",
    }
}

#[test]
fn every_mail_of_every_language_is_whole_and_its_own() {
    let news: Vec<News> = Cause::ALL
        .into_iter()
        .flat_map(|cause| [stopped(cause), recovered(cause)])
        .chain([News::Revoked])
        .collect();
    let mut texts = BTreeSet::new();
    for language in Language::ALL {
        for each in &news {
            let (subject, text) = mail(&input(each, "acme.halopsa.com"), language).unwrap();
            for part in [&subject, &text] {
                assert!(!part.contains("mail-") && !part.contains('{'), "{language} {each:?}: {part}");
            }
            assert!(subject.contains("HaloPSA (acme.halopsa.com)"), "{subject}");
            assert!(text.contains("https://portal.example/psa/con_1") && text.contains("ntc_1"), "{text}");
            assert!(text.ends_with('\n') && !text.contains('\r'), "{text:?}");
            texts.insert(text);
        }
    }
    assert_eq!(texts.len(), news.len() * Language::ALL.len(), "no two say the same");
}

#[test]
fn a_stop_says_what_broke_since_when_how_much_waits_and_what_to_do() {
    for (language, words) in [
        (
            Language::En,
            [
                "no longer accepts the credentials",
                "Since: 2026-03-01 08:05:09 (UTC)",
                "Tickets waiting: 12",
                "What to do: ",
            ],
        ),
        (
            Language::De,
            [
                "nimmt die Zugangsdaten",
                "Seit: 2026-03-01 08:05:09 (UTC)",
                "Wartende Tickets: 12",
                "Was zu tun ist: ",
            ],
        ),
        (
            Language::Fr,
            [
                "n’accepte plus les identifiants",
                "2026-03-01 08:05:09 (UTC)",
                "Tickets en attente\u{a0}: 12",
                "Que faire\u{a0}: ",
            ],
        ),
    ] {
        let (_, text) = mail(&input(&stopped(Cause::Credentials), "n"), language).unwrap();
        for word in words {
            assert!(text.contains(word), "{word:?} in {text}");
        }
    }
}

#[test]
fn a_tenants_name_cannot_write_lines_of_its_own() {
    let name = format!("Acme\r\nBcc: eve@example.com\n\nPay here {}", "x".repeat(500));
    let (subject, text) = mail(&input(&stopped(Cause::Unavailable), &name), Language::En).unwrap();
    assert!(!subject.contains(['\r', '\n']) && subject.chars().count() < 200, "{subject:?}");
    assert!(!text.lines().any(|line| line.starts_with("Bcc:") || line.starts_with("Pay here")), "{text}");
}

#[test]
fn without_a_portal_there_is_no_link() {
    let news = stopped(Cause::Budget);
    let (_, text) = mail(&MailInput { portal: None, ..input(&news, "n") }, Language::En).unwrap();
    assert!(!text.contains("Open the connection"), "{text}");
}

#[test]
fn what_is_for_the_vendor_is_no_mail() {
    let organization: OrganizationId = "bakery".parse().unwrap();
    let news =
        News::DeliveryEnded { event: EventId::derive("s", "1"), organization, reason: Reason::PsaRefused };
    assert_eq!(mail(&input(&news, "n"), Language::En), None);
}
