//! Changes of seat counts as people read them.

use crate::client::table::{joined, moment, print_list, text};
use serde_json::Value;

/// Prints a page of changes.
pub fn print(answer: &Value, as_json: bool) {
    let headings = ["at", "organisation", "product", "from", "to", "effective", "why", "who", "remark"];
    print_list(answer, as_json, &headings, |line| {
        vec![
            moment(&line["at"]),
            text(&line["organization"]),
            text(&line["product"]),
            text(&line["from"]),
            text(&line["to"]),
            text(&line["effective"]),
            text(&line["cause"]),
            if line["by"].is_null() { "the bridge".to_owned() } else { text(&line["by"]) },
            remark(line),
        ]
    });
}

/// What was not as usual with a change.
fn remark(line: &Value) -> String {
    let mut remarks = Vec::new();
    if line["found"] == true {
        remarks.push("its answer was lost, and it was found".to_owned());
    }
    if line["restored"].as_array().is_some_and(|restored| !restored.is_empty()) {
        remarks.push(format!("put back: {}", joined(&line["restored"])));
    }
    if remarks.is_empty() { "-".to_owned() } else { remarks.join("; ") }
}
