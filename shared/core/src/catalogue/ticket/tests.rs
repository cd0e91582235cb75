//! Tickets as a technician sees them, one whole ticket for each language, and what a pipeline may do to them.

use super::*;

fn failure() -> TicketInput<'static> {
    TicketInput {
        event_type: "backup.onedrive.auth_failed",
        source: "https://backup.example/pipelines/onedrive",
        event_id: "7f9c24e8-3b12-4fef-91d4-0a6a2c1e5b33",
        time: "2026-03-02T08:15:30.9876Z".parse().unwrap(),
        organization_name: Some("Contoso Ltd"),
        organization_id: "org-4711",
        account: Some("anna@contoso.example"),
        severity: Some("error"),
        title: Some("OneDrive of anna@contoso.example: 403"),
        description: Some("GET /drives/b!x/root/delta\r\n403 accessDenied"),
        url: Some("https://backup.example/jobs/99"),
    }
}

fn alert() -> TicketInput<'static> {
    TicketInput {
        event_type: "security.ransomware.detected",
        title: Some("Ransomware on PC-17"),
        description: Some("142 files were encrypted.\n\nThe device was isolated."),
        ..failure()
    }
}

/// A ticket in plain text, the way that a connector without formatting would write it.
fn written(title: &str, text: &Text) -> String {
    let blocks = text.blocks.iter().map(|block| match block {
        TextBlock::Heading(heading) => format!("\n## {heading}\n"),
        TextBlock::Paragraph(paragraph) => format!("\n{paragraph}\n"),
        TextBlock::Facts(facts) => {
            let lines: Vec<String> =
                facts.iter().map(|(label, value)| format!("{label} = {value}\n")).collect();
            format!("\n{}", lines.concat())
        }
        TextBlock::Link { label, url } => format!("\n{label} <{url}>\n"),
    });
    format!("{title}\n{}", blocks.collect::<String>())
}

fn ticket(input: &TicketInput<'_>, language: Language) -> String {
    written(&ticket_title(input, language), &ticket_text(input, None, language))
}

#[test]
fn a_failure_in_english() {
    assert_eq!(ticket(&failure(), Language::En), include_str!("../snapshots/failure.en.txt"));
}

#[test]
fn a_failure_in_german() {
    assert_eq!(ticket(&failure(), Language::De), include_str!("../snapshots/failure.de.txt"));
}

#[test]
fn a_failure_in_french() {
    assert_eq!(ticket(&failure(), Language::Fr), include_str!("../snapshots/failure.fr.txt"));
}

#[test]
fn an_alert_outside_the_catalogue_in_english() {
    assert_eq!(ticket(&alert(), Language::En), include_str!("../snapshots/alert.en.txt"));
}

#[test]
fn the_title_of_a_known_type_names_the_account() {
    assert_eq!(
        ticket_title(&failure(), Language::En),
        "OneDrive backup failed: authentication – anna@contoso.example"
    );
    let no_account = TicketInput { account: Some(" \u{0}"), ..failure() };
    assert_eq!(ticket_title(&no_account, Language::En), "OneDrive backup failed: authentication");
}

#[test]
fn the_title_of_another_type_is_the_pipelines_else_the_type() {
    assert_eq!(ticket_title(&alert(), Language::Fr), "Ransomware on PC-17");
    for title in [None, Some(""), Some("\r\n")] {
        let untitled = TicketInput { title, ..alert() };
        assert_eq!(ticket_title(&untitled, Language::De), "security.ransomware.detected");
    }
}

#[test]
fn a_bare_alert_still_says_what_came() {
    let bare = TicketInput { title: None, description: None, url: None, severity: None, ..alert() };
    let text = ticket(&bare, Language::De);
    assert!(text.contains("Ein Ereignis vom Typ security.ransomware.detected wurde gemeldet."), "{text}");
    assert!(!text.contains("Einzelheiten"), "{text}");
}

#[test]
fn an_organisation_without_a_name_goes_by_its_id() {
    let text = ticket(&TicketInput { organization_name: None, ..failure() }, Language::En);
    assert!(text.contains("Organisation = org-4711\n"), "{text}");
}

#[test]
fn no_control_character_reaches_a_ticket() {
    let hostile = "a\u{0}\u{7}\u{1b}[2J\u{85}b\r\n\tc\u{202e}d";
    for event_type in ["backup.email.failed", hostile] {
        let input = TicketInput {
            event_type,
            source: hostile,
            event_id: hostile,
            organization_name: Some(hostile),
            organization_id: hostile,
            account: Some(hostile),
            severity: Some(hostile),
            title: Some(hostile),
            description: Some(hostile),
            url: Some(hostile),
            ..failure()
        };
        for language in Language::ALL {
            let title = ticket_title(&input, language);
            assert!(!title.contains(|c: char| c.is_control() || c == '\u{202e}'), "{title:?}");
            let text = ticket(&input, language);
            assert!(!text.contains(|c: char| (c.is_control() && c != '\n') || c == '\u{202e}'), "{text:?}");
        }
    }
}

#[test]
fn words_from_outside_are_not_read_as_placeables() {
    let input = TicketInput { account: Some("{ $title } { -support }"), ..failure() };
    assert!(ticket_title(&input, Language::En).ends_with("– { $title } { -support }"));
}

#[test]
fn every_label_has_its_words() {
    for input in [failure(), alert(), TicketInput { title: None, ..alert() }] {
        for language in Language::ALL {
            let text = ticket(&input, language);
            assert!(!text.contains("ticket-"), "{text}");
        }
    }
}
