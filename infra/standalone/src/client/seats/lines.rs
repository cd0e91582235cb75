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
    let is_unread = |line: &Value| line["there"].is_null() && !line["license"].is_null();
    if items.iter().any(is_unread) {
        println!("\nwhere nothing is under `there`, the PSA was not asked yet: --refresh asks it");
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
    let (organization, product) = (text(&line["organization"]), text(&line["product"]));
    let mut remarks = Vec::new();
    match line["state"].as_str().unwrap_or_default() {
        "waiting" => {
            remarks.push(format!("waits since {}", moment(&line["waits_since"])));
            remarks.extend(is("fix").then(|| text(&line["fix"])));
        }
        "off" if is("difference") && line["difference"] != 0 => {
            let sync = command("sync", &[connection, "--organization", &organization]);
            remarks.push(format!("the settings switch it off; to have it written once: {sync}"));
        }
        "under_way" => {
            let told = "a change was sent, and the PSA is asked again what became of it";
            remarks.push(format!("{told} at {}", moment(&line["due_at"])));
        }
        "no_license" => remarks.push("it is mapped onto no licence or contract service".to_owned()),
        "other_product" => remarks.push("the settings name another product (`seats.product`)".to_owned()),
        _ => {}
    }
    if is("trouble") {
        remarks.push(format!("at the last try: {}", text(&line["trouble"])));
    }
    if is("undone_by") {
        let (by, told) = (text(&line["undone_by"]), text(&line["told"]));
        remarks.push(format!("the vendor tells {told}; taken back by {by} until it tells another count"));
    }
    if line["can_be_confirmed"] == true {
        let confirm = command("confirm", &[connection, &organization, &product]);
        let (there, here) = (text(&line["there"]), text(&line["here"]));
        remarks.push(format!("to confirm it: {confirm} --there {there} --here {here}"));
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
    if !word.is_empty() && word.chars().all(is_plain) {
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
