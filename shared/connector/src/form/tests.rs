//! What fits a form, and what choices fill in.

use super::*;

fn int(value: i64) -> FieldValue {
    FieldValue::Int(value)
}

fn option(value: i64, parent: Option<i64>, fills: &[(&str, i64)]) -> FieldOption {
    let fills = fills.iter().map(|(field, value)| ((*field).to_owned(), int(*value))).collect();
    FieldOption { value: int(value), label: value.to_string(), parent: parent.map(int), closes: false, fills }
}

fn field(id: &str, kind: FieldKind) -> FormField {
    FormField {
        id: id.to_owned(),
        label: id.to_owned(),
        kind,
        required: false,
        default: None,
        depends_on: None,
        help: None,
        overrides: None,
        user_defined: false,
    }
}

/// Category 1, the default, fills queue and issue; 2 fills nothing.
fn form() -> TicketForm {
    let choice = |id, options| field(id, FieldKind::Choice { options });
    let category = vec![option(1, None, &[("queue", 7), ("issue", 4)]), option(2, None, &[])];
    let fields = vec![
        FormField { default: Some(int(1)), ..choice("category", category) },
        FormField { required: true, ..choice("queue", vec![option(7, None, &[]), option(8, None, &[])]) },
        choice("issue", vec![option(4, None, &[]), option(5, None, &[])]),
        FormField {
            depends_on: Some("issue".to_owned()),
            ..choice("sub", vec![option(40, Some(4), &[]), option(50, Some(5), &[])])
        },
        field("hours", FieldKind::Decimal),
        field("at", FieldKind::DateTime),
    ];
    TicketForm { sections: vec![FormSection { name: SectionName::Create, fields }] }
}

fn codes(values: &[(&str, FieldValue)]) -> Vec<String> {
    let values = values.iter().map(|(field, value)| ((*field).to_owned(), value.clone())).collect();
    let problems = form().problems(SectionName::Create, &values);
    problems.into_iter().map(|problem| format!("{}: {}", problem.field, problem.code)).collect()
}

#[test]
fn what_a_choice_fills_in_need_not_be_given() {
    assert!(codes(&[]).is_empty());
    assert_eq!(codes(&[("category", int(2))]), ["queue: required"]);
    assert!(codes(&[("category", int(2)), ("queue", int(8))]).is_empty());
}

#[test]
fn a_value_given_wins_over_what_a_choice_fills_in() {
    let form = form();
    let section = form.section(SectionName::Create).unwrap();
    let given = FieldValues::from([("queue".to_owned(), int(8))]);
    assert_eq!(section.effective("queue", &given), Some(&int(8)));
    assert_eq!(section.effective("queue", &FieldValues::new()), Some(&int(7)));
}

#[test]
fn a_filled_parent_decides_what_fits_under_it() {
    assert!(codes(&[("sub", int(40))]).is_empty());
    assert_eq!(codes(&[("sub", int(50))]), ["sub: not_an_option_here"]);
    assert!(codes(&[("issue", int(5)), ("sub", int(50))]).is_empty());
}

#[test]
fn numbers_and_times_travel_as_texts() {
    let text = |text: &str| FieldValue::Text(text.to_owned());
    for (field, value, right) in [
        ("hours", int(2), true),
        ("hours", text("1.5"), true),
        ("hours", text("-0.25"), true),
        ("hours", text("1,5"), false),
        ("hours", text("1e9"), false),
        ("hours", text("inf"), false),
        ("at", text("2026-12-31T17:00:00Z"), true),
        ("at", text("tomorrow"), false),
        ("at", int(5), false),
    ] {
        assert_eq!(codes(&[(field, value.clone())]).is_empty(), right, "{field} {value:?}");
    }
}
