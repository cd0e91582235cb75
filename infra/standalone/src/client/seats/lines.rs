//! Seat counts as people read them: a row each, and below what is to be said of those that are not as they should be.

use crate::client::table::{moment, print_list, text};
use serde_json::Value;

/// Prints a page of counts.
pub fn print(answer: &Value, connection: &str, as_json: bool) {
    let headings = ["organisation", "product", "here", "there", "difference", "from", "client", "state"];
    print_list(answer, as_json, &headings, |line| {
        vec![
            text(&line["organization"]),
            text(&line["product"]),
            text(&line["here"]),
            text(&line["there"]),
            text(&line["difference"]),
            text(&line["effective"]),
            text(&line["client_name"]),
            state(line),
        ]
    });
    if as_json {
        return;
    }
    let items = answer["items"].as_array().map_or(&[][..], Vec::as_slice);
    for line in items {
        let remarks = remarks(line, connection);
        if !remarks.is_empty() {
            println!("\n{} {}", text(&line["organization"]), text(&line["product"]));
            for remark in remarks {
                println!("  {remark}");
            }
        }
    }
    if let Some(hold) = items.iter().find(|line| !line["hold"].is_null()) {
        println!("\nnothing is written while the connection is held: {}", text(&hold["hold"]));
    }
}

/// Where a line stands, with its reason.
fn state(line: &Value) -> String {
    let state = text(&line["state"]);
    match line["reason"].as_str() {
        Some(_) if state == "waiting" => format!("{state}: {}", text(&line["reason"])),
        Some(_) => format!("{state}, would wait: {}", text(&line["reason"])),
        None => state,
    }
}

/// What there is to say of a line, and what to do about it.
fn remarks(line: &Value, connection: &str) -> Vec<String> {
    let is = |name: &str| !line[name].is_null();
    let mut remarks = Vec::new();
    if is("waits_since") && line["state"] == "waiting" {
        remarks.push(format!("waits since {}", moment(&line["waits_since"])));
    }
    if is("fix") {
        remarks.push(text(&line["fix"]));
    }
    if is("trouble") {
        remarks.push(format!("the last try: {}", text(&line["trouble"])));
    }
    if line["state"] == "under_way" && is("due_at") {
        remarks.push(format!("looked at again at {}", moment(&line["due_at"])));
    }
    if is("undone_by") {
        let (by, told) = (text(&line["undone_by"]), text(&line["told"]));
        remarks.push(format!("the vendor tells {told}; taken back by {by} until it tells another count"));
    }
    if line["can_be_confirmed"] == true {
        let names = [connection, &text(&line["organization"]), &text(&line["product"])];
        let counts = format!("--there {} --here {}", text(&line["there"]), text(&line["here"]));
        remarks.push(format!("to confirm it: {} {counts}", command("confirm", &names)));
    }
    remarks
}

/// A line to copy into a shell.
pub fn command(what: &str, arguments: &[&str]) -> String {
    let arguments: Vec<String> = arguments.iter().map(|argument| quoted(argument)).collect();
    format!("psa-bridge seats {what} {}", arguments.join(" "))
}

/// As a shell takes it for one word.
fn quoted(word: &str) -> String {
    let is_plain = |letter: char| letter.is_alphanumeric() || "-_.:/@".contains(letter);
    if !word.is_empty() && !word.starts_with('-') && word.chars().all(is_plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_to_copy_survives_a_shell() {
        assert_eq!(command("list", &["con_1"]), "psa-bridge seats list con_1");
        let arguments = ["con_1", "org 17", "it's; $(rm)"];
        assert_eq!(
            command("confirm", &arguments),
            r"psa-bridge seats confirm con_1 'org 17' 'it'\''s; $(rm)'"
        );
    }
}
