use super::*;

fn input() -> TicketInput<'static> {
    TicketInput {
        event_type: "backup.email.failed",
        source: "/test",
        event_id: "7",
        time: "2026-03-01T12:00:00.5Z".parse().unwrap(),
        organization_name: Some("Bakery"),
        organization_id: "org-1",
        account: Some("anna@x"),
        severity: None,
        title: None,
        description: Some("Quota { $x } exceeded"),
        url: None,
    }
}

fn paragraphs(text: &Text) -> Vec<&str> {
    let mut paragraphs = Vec::new();
    for block in &text.blocks {
        if let TextBlock::Paragraph(text) = block {
            paragraphs.push(text.as_str());
        }
    }
    paragraphs
}

#[test]
fn a_note_says_what_happened_when_and_in_the_words_of_the_source() {
    for language in Language::ALL {
        let notes = [
            repeat_note(&input(), 3, language),
            resolve_note(&input(), true, language),
            resolve_note(&input(), false, language),
            relapse_note(&input(), language),
        ];
        let mut first: Vec<&str> = Vec::new();
        for note in &notes {
            let paragraphs = paragraphs(note);
            assert!(paragraphs[0].contains("2026-03-01T12:00:00Z"), "{paragraphs:?}");
            assert!(paragraphs.contains(&"Quota { $x } exceeded"), "{paragraphs:?}");
            first.push(paragraphs[0]);
        }
        assert!(first[0].contains('3'), "the counter: {}", first[0]);
        first.dedup();
        assert_eq!(first.len(), notes.len(), "each says something else");
    }
}

#[test]
fn the_ticket_that_stands_for_many_lists_each_on_a_line() {
    let line = |resolves| RollUpLine { input: input(), resolves };
    let text = roll_up_text("Bakery", &[line(false), line(true)], Language::En);
    let list = *paragraphs(&text).last().unwrap();
    assert_eq!(
        list,
        "2026-03-01T12:00:00Z – E-mail backup failed – anna@x\n\
         2026-03-01T12:00:00Z – over: E-mail backup failed – anna@x"
    );
    assert!(roll_up_title("Bakery", Language::En).contains("Bakery"));
    let TextBlock::Heading(heading) = &text.blocks[2] else { panic!("{text:?}") };
    assert!(heading.contains('2'), "how many: {heading}");
}

#[test]
fn a_list_is_no_longer_than_the_text_of_a_ticket_whatever_its_events_are_called() {
    // As Autotask takes it, less what the connector adds.
    const LONGEST: usize = 8_000 - 100;
    let page = crate::usecases::work::WorkPlan::default().storm_page;
    let title = "😱 Größe".repeat(200);
    let input = TicketInput { event_type: "other", title: Some(&title), ..input() };
    let lines = vec![RollUpLine { input, resolves: true }; page];
    for language in Language::ALL {
        let text = roll_up_text(&"N".repeat(250), &lines, language);
        let length = |block: &TextBlock| match block {
            TextBlock::Heading(text) | TextBlock::Paragraph(text) => text.encode_utf16().count() + 2,
            other => panic!("{other:?}"),
        };
        let all: usize = text.blocks.iter().map(length).sum();
        assert!(all <= LONGEST, "{language}: {all}");
    }
}
