//! HaloPSA: a licence is full of what people entered, and the bridge changes its count alone.

use super::scene::{BEFORE, HALOPSA, Scene};
use psa_sim::{EditMoment, PartialLicenceUpdate};
use serde_json::{Map, Value, json};

fn without_count(mut license: Map<String, Value>) -> Map<String, Value> {
    license.remove("count");
    license
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_of_a_licence_changes_but_its_count() {
    let scene = Scene::at_once().await;
    let before = without_count(scene.stored_license());
    for count in [103, 99, 104] {
        scene.tell(count).await;
        scene.until_equal(count).await;
    }
    assert_eq!(without_count(scene.stored_license()), before);
    let changes = scene.license_changes();
    let fields: Vec<&Value> = changes.iter().map(|change| &change["field_name"]).collect();
    assert_eq!(fields, ["count"; 3], "{changes:#?}");
    assert_eq!(scene.halopsa().counts().requests_about_invoices(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_person_enters_at_the_same_moment_stays() {
    let scene = Scene::at_once().await;
    let entered = |text: &str| Map::from_iter([("notes".to_owned(), json!(text))]);
    let license = scene.stored_license()["id"].as_i64().unwrap();
    for (count, moment) in [(104, EditMoment::BeforeWrite), (105, EditMoment::AfterWrite)] {
        let notes = format!("Entered at {count}");
        scene.halopsa().edit_licence_around_next_write(license, moment, entered(&notes));
        scene.tell(count).await;
        scene.until_equal(count).await;
        assert_eq!(scene.stored_license()["notes"], notes.as_str());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_tenant_loses_with_a_write_is_put_back_and_told() {
    let scene = Scene::at_once().await;
    let before = without_count(scene.stored_license());
    scene.halopsa().configure(|it| it.partial_licence_update = PartialLicenceUpdate::LoseOthers);
    for count in [103, 105] {
        scene.tell(count).await;
        scene.until_equal(count).await;
        assert_eq!(without_count(scene.stored_license()), before);
    }
    let [second, first] = &scene.history(HALOPSA).await[..] else { panic!("two changes") };
    let restored = first["restored"].as_array().unwrap();
    assert!(restored.contains(&json!("notes")) && restored.contains(&json!("price")), "{first:#}");
    assert_eq!(second["restored"], json!([]), "from then on licences are written whole");
    assert_eq!((&first["from"], &second["to"]), (&json!(BEFORE), &json!(105)));
}
