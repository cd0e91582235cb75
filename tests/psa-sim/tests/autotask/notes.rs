//! Notes of tickets.

use reqwest::Method;
use serde_json::{Value, json};

use crate::client::{answer, autotask};

fn note(members: Value) -> Value {
    let mut note = json!({ "title": "Again", "description": "It failed again", "noteType": 1, "publish": 2 });
    if let (Value::Object(note), Value::Object(members)) = (&mut note, members) {
        for (name, value) in members {
            if value.is_null() {
                note.remove(&name);
            } else {
                note.insert(name, value);
            }
        }
    }
    note
}

#[tokio::test]
async fn a_note_is_written_under_its_ticket_and_found_beside_it() {
    let autotask = autotask().await;
    let ticket = autotask.ticket(json!({})).await.id();
    let body = note(json!({ "ticketID": ticket, "createdByContactID": 501 }));
    let id = autotask.post(&format!("Tickets/{ticket}/Notes"), body).await.id();
    let found = autotask.find("TicketNotes", "ticketID", "eq", json!(ticket)).await.items();
    assert_eq!(
        (&found[0]["id"], &found[0]["publish"], &found[0]["creatorResourceID"]),
        (&json!(id), &json!(2), &json!(4))
    );
    assert_eq!(found[0]["createdByContactID"], json!(null), "ignored");
    assert_eq!(autotask.get(&format!("Tickets/{ticket}/Notes")).await.ids(), [id]);
    assert_eq!(autotask.get(&format!("TicketNotes/{id}")).await.json()["item"]["title"], "Again");
    assert_eq!(autotask.get(&format!("Tickets/{ticket}/Notes/query")).await.status, 404);
    assert_eq!(autotask.post("TicketNotes", note(json!({}))).await.status, 404);
    assert_eq!(autotask.sim.notes(ticket).len(), 1);
}

#[tokio::test]
async fn a_note_needs_its_members() {
    let autotask = autotask().await;
    let ticket = autotask.ticket(json!({})).await.id();
    let path = format!("Tickets/{ticket}/Notes");
    for (members, words) in [
        (json!({ "noteType": null }), "required field noteType"),
        (json!({ "publish": null }), "required field publish"),
        (json!({ "description": null }), "required field description"),
        (json!({ "title": null }), "required field title"),
        (
            json!({ "noteType": 77 }),
            "Picklist value [77] does not exist for noteType. ; on record number [1].",
        ),
        (json!({ "publish": 3 }), "Picklist value [3] does not exist for publish"),
        (json!({ "title": "x".repeat(251) }), "exceeds maximum length (field:title)"),
        (json!({ "description": "x".repeat(32_001) }), "exceeds maximum length (field:description)"),
    ] {
        let error = autotask.post(&path, note(members.clone())).await.error();
        assert!(error.contains(words), "{members}: {error}");
    }
    assert!(autotask.post("Tickets/7/Notes", note(json!({}))).await.error().contains("ticketID"));
}

#[tokio::test]
async fn a_changed_note_repeats_its_type_and_its_readers() {
    let autotask = autotask().await;
    let ticket = autotask.ticket(json!({})).await.id();
    let path = format!("Tickets/{ticket}/Notes");
    let id = autotask.post(&path, note(json!({}))).await.id();
    assert!(autotask.patch(&path, json!({ "id": id, "title": "New" })).await.error().contains("noteType"));
    autotask.patch(&path, json!({ "id": id, "title": "New", "noteType": 1, "publish": 2 })).await.id();
    assert_eq!(autotask.get(&format!("TicketNotes/{id}")).await.json()["item"]["title"], "New");
    let change = json!({ "id": id.to_string(), "description": "", "noteType": "1", "publish": "2" });
    autotask.patch(&path, change).await.id();
    let changed = autotask.get(&format!("TicketNotes/{id}")).await.json()["item"].clone();
    assert_eq!((&changed["title"], &changed["description"]), (&json!("New"), &json!(null)));
    let single = format!("{path}/{id}");
    assert_eq!(autotask.patch(&single, json!({})).await.status, 405);
    assert_eq!(answer(autotask.request(Method::DELETE, &single)).await.unwrap().status, 405);
}

#[tokio::test]
async fn people_leave_notes_too() {
    let autotask = autotask().await;
    let ticket = autotask.ticket(json!({})).await.id();
    let other = autotask.ticket(json!({})).await.id();
    assert!(autotask.sim.touch_ticket(ticket, "On it"));
    assert!(autotask.sim.merge_ticket(ticket, other));
    let notes = autotask.find("TicketNotes", "ticketID", "eq", json!(ticket)).await.items();
    let types: Vec<&Value> = notes.iter().map(|note| &note["noteType"]).collect();
    assert_eq!(types, [&json!(3), &json!(94)]);
    assert_eq!(autotask.read(ticket).await["status"], 5);
}
