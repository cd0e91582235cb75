//! Answers as people read them.

use comfy_table::{ContentArrangement, Table, presets::NOTHING};
use serde_json::Value;

/// Prints a list: as it came for programs, else a row each and how to get the next page.
pub fn print_list(answer: &Value, as_json: bool, headings: &[&str], row: impl Fn(&Value) -> Vec<String>) {
    if as_json {
        return print_json(answer);
    }
    let items = answer["items"].as_array().map_or(&[][..], Vec::as_slice);
    if items.is_empty() {
        println!("nothing");
        return;
    }
    print_rows(headings, items.iter().map(row));
    if let Some(next) = answer["next"].as_str() {
        println!("more with --cursor {next}");
    }
}

/// Prints rows under headings.
pub fn print_rows(headings: &[&str], rows: impl IntoIterator<Item = Vec<String>>) {
    let mut table = Table::new();
    table.load_style(NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(headings.iter().map(|heading| heading.to_uppercase()));
    for row in rows {
        table.add_row(row);
    }
    println!("{}", table.trim_fmt());
}

/// Prints an answer as it came.
pub fn print_json(answer: &Value) {
    println!("{answer:#}");
}

/// A member as text; a dash for one that is not there. Line breaks would spoil a table, and control characters a
/// terminal.
pub fn text(value: &Value) -> String {
    let text = match value {
        Value::Null => return "-".to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect()
}

/// A moment to the second.
pub fn moment(value: &Value) -> String {
    match value.as_str().and_then(|text| text.parse::<jiff::Timestamp>().ok()) {
        Some(moment) => format!("{moment:.0}"),
        None => text(value),
    }
}

/// Members of a list, side by side.
pub fn joined(value: &Value) -> String {
    let texts: Vec<String> = value.as_array().into_iter().flatten().map(text).collect();
    if texts.is_empty() { "-".to_owned() } else { texts.join(", ") }
}
