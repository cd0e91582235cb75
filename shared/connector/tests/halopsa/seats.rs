//! Seat counts on licences that operators edit, on tenants that keep what a write does not name and on tenants that do not.

use super::support::{CLIENT, connector, license, sim};
use psa_connector::{
    ClientId, LicenseDraft, LicenseRecord, LicenseRef, PsaConnector, PsaErrorKind, SeatBasis, SeatChange,
    SeatWrite, WriteStyle,
};
use psa_sim::{EditMoment, FaultKind, FaultRule, HaloSim, PartialLicenceUpdate};
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// A licence of the demo tenant's client with more than thirty fields that people filled in.
struct Edited {
    sim: HaloSim,
    connector: Arc<dyn PsaConnector>,
    id: i64,
    place: LicenseRef,
}

impl Edited {
    async fn start(partial: PartialLicenceUpdate) -> Self {
        let sim = sim().await;
        sim.configure(|switches| switches.partial_licence_update = partial);
        let id = sim.edit_tenant(|tenant| tenant.add_edited_licence(CLIENT, "Backup - seats", 25));
        Self { connector: connector(&sim), id, place: license(CLIENT, id), sim }
    }

    fn fields(&self) -> Map<String, Value> {
        self.sim.tenant().licences[&self.id].clone()
    }

    /// All but the count.
    fn rest(&self) -> Map<String, Value> {
        let mut fields = self.fields();
        fields.remove("count");
        fields
    }

    fn change(&self, expected: i64, target: i64) -> SeatChange {
        SeatChange {
            license: self.place.clone(),
            expected,
            target,
            effective: "2026-12-01".parse().unwrap(),
            style: WriteStyle::CountOnly,
            before: None,
        }
    }

    async fn set(&self, change: SeatChange) -> SeatWrite {
        self.connector.set_seat_count(&change).await.unwrap()
    }

    async fn record(&self) -> LicenseRecord {
        let day = "2026-12-01".parse().unwrap();
        match self.connector.seat_count(&self.place, day).await.unwrap().basis {
            SeatBasis::License { record } => record,
            SeatBasis::Period { .. } => panic!("HaloPSA has no periods"),
        }
    }

    fn person(&self, moment: EditMoment, fields: Value) {
        self.sim.edit_licence_around_next_write(self.id, moment, serde_json::from_value(fields).unwrap());
    }

    fn posts(&self) -> u64 {
        self.sim.counts().requests_to("POST /softwarelicence")
    }

    /// Fields that changed in the history after so many changes, but for the count.
    fn changed_since(&self, changes: usize) -> Vec<Value> {
        let changes = self.sim.licence_changes(self.id).into_iter().skip(changes);
        changes.map(|change| change["field_name"].clone()).filter(|field| field != "count").collect()
    }
}

fn plain(from: i64, to: i64) -> SeatWrite {
    SeatWrite::Written { from, to, restored: Vec::new() }
}

fn restored(write: SeatWrite) -> Vec<String> {
    match write {
        SeatWrite::Written { restored, .. } => restored,
        SeatWrite::Moved { found } => panic!("moved to {found}"),
    }
}

#[tokio::test]
async fn a_licence_is_unchanged_but_for_its_count_after_a_hundred_syncs() {
    for partial in [PartialLicenceUpdate::Keep, PartialLicenceUpdate::LoseOthers] {
        let edited = Edited::start(partial).await;
        let before = edited.rest();
        let filled = before.values().filter(|value| !matches!(value, Value::Null) && **value != json!(""));
        assert!(filled.count() >= 30, "{before:?}");
        let (mut style, mut count, mut lost, mut mended_at) = (WriteStyle::CountOnly, 25, Vec::new(), 0);
        for sync in 0..100 {
            let target = 20 + (sync * 7) % 31;
            let write = edited.set(SeatChange { style, ..edited.change(count, target) }).await;
            count = target;
            let fields = restored(write);
            if !fields.is_empty() {
                (style, mended_at) = (WriteStyle::Full, edited.sim.licence_changes(edited.id).len());
                lost.push(fields.len());
            }
            assert_eq!(edited.rest(), before, "{partial:?}, sync {sync}");
        }
        assert_eq!(edited.fields()["count"], json!(count));
        match partial {
            PartialLicenceUpdate::Keep => assert_eq!((lost.len(), style), (0, WriteStyle::CountOnly)),
            PartialLicenceUpdate::LoseOthers => {
                assert!(lost.len() == 1 && lost[0] >= 30, "lost once, and nearly everything: {lost:?}");
            }
        }
        assert_eq!(edited.changed_since(mended_at), Vec::<Value>::new(), "{partial:?}");
        assert_eq!(edited.sim.counts().requests_about_invoices(), 0);
    }
}

#[tokio::test]
async fn what_an_operator_edits_in_the_same_moment_stays() {
    let edit = json!({ "notes": "New price", "manufacturer": "", "price": 0, "autorenew": false });
    for moment in [EditMoment::BeforeWrite, EditMoment::AfterWrite] {
        let edited = Edited::start(PartialLicenceUpdate::Keep).await;
        let mut expected = edited.rest();
        expected.extend(serde_json::from_value::<Map<_, _>>(edit.clone()).unwrap());
        edited.person(moment, edit.clone());
        assert_eq!(edited.set(edited.change(25, 26)).await, plain(25, 26), "{moment:?}");
        assert_eq!(edited.rest(), expected, "{moment:?}");
        assert_eq!(edited.posts(), 1);
    }
}

#[tokio::test]
async fn what_an_operator_edited_just_before_a_loss_is_put_back_as_edited() {
    let edited = Edited::start(PartialLicenceUpdate::LoseOthers).await;
    let mut expected = edited.rest();
    expected.insert("notes".into(), "New price".into());
    expected.insert("price".into(), 4.25.into());
    edited.person(EditMoment::BeforeWrite, json!({ "notes": "New price", "price": 4.25 }));
    let fields = restored(edited.set(edited.change(25, 0)).await);
    assert!(fields.contains(&"notes".to_owned()) && fields.contains(&"price".to_owned()), "{fields:?}");
    assert_eq!((edited.fields()["count"].clone(), edited.rest()), (json!(0), expected));
}

#[tokio::test]
async fn what_a_whole_write_overwrote_is_put_back() {
    for partial in [PartialLicenceUpdate::Keep, PartialLicenceUpdate::LoseOthers] {
        let edited = Edited::start(partial).await;
        let mut expected = edited.rest();
        expected.insert("notes".into(), "New price".into());
        edited.person(EditMoment::BeforeWrite, json!({ "notes": "New price" }));
        let change = SeatChange { style: WriteStyle::Full, ..edited.change(25, 26) };
        assert_eq!(restored(edited.set(change).await), ["notes"], "{partial:?}");
        assert_eq!(edited.rest(), expected, "{partial:?}");
        let change = SeatChange { style: WriteStyle::Full, ..edited.change(26, 27) };
        assert_eq!(edited.set(change).await, plain(26, 27), "what was put back is no edit of others");
        assert_eq!(edited.rest(), expected, "{partial:?}");
    }
}

#[tokio::test]
async fn a_lost_reply_is_no_lost_change_and_no_lost_field() {
    for partial in [PartialLicenceUpdate::Keep, PartialLicenceUpdate::LoseOthers] {
        for kind in [FaultKind::GatewayTimeoutAfterStore, FaultKind::ResetAfterStore] {
            let edited = Edited::start(partial).await;
            let before = edited.rest();
            edited.sim.add_fault(FaultRule::next(kind, 2).at("POST", "softwarelicence"));
            let fields = restored(edited.set(edited.change(25, 26)).await);
            assert_eq!(fields.is_empty(), partial == PartialLicenceUpdate::Keep, "{kind:?}");
            assert_eq!((edited.fields()["count"].clone(), edited.rest()), (json!(26), before), "{kind:?}");
        }
    }
}

#[tokio::test]
async fn a_change_that_may_not_have_been_read_is_an_unknown_outcome() {
    for kind in [FaultKind::ServerError, FaultKind::Maintenance, FaultKind::Reset] {
        let edited = Edited::start(PartialLicenceUpdate::Keep).await;
        let before = edited.fields();
        edited.sim.add_fault(FaultRule::next(kind, 1).at("POST", "softwarelicence"));
        let error = edited.connector.set_seat_count(&edited.change(25, 26)).await.unwrap_err();
        assert_eq!(*error.kind(), PsaErrorKind::OutcomeUnknown, "{kind:?}: {error}");
        assert_eq!((edited.fields(), edited.posts()), (before, 1), "{kind:?}");
        assert_eq!(edited.set(edited.change(25, 26)).await, plain(25, 26));
    }
}

#[tokio::test]
async fn what_an_earlier_try_lost_before_it_broke_off_is_put_back() {
    let edited = Edited::start(PartialLicenceUpdate::Keep).await;
    let (record, before) = (edited.record().await, edited.rest());
    let lost = json!({ "count": 26, "notes": "", "price": 0, "end_date": "1901-01-01T00:00:00" });
    edited.sim.edit_licence(edited.id, serde_json::from_value(lost).unwrap());
    let without = edited.set(edited.change(25, 26)).await;
    assert_eq!(without, plain(26, 26), "nothing is known of an earlier try");
    let kept = LicenseRecord::new(record.as_str());
    let change = SeatChange { before: Some(kept), ..edited.change(25, 26) };
    assert_eq!(restored(edited.set(change.clone()).await), ["end_date", "notes", "price"]);
    assert_eq!(edited.rest(), before);
    assert_eq!(edited.set(change).await, plain(25, 26), "and once is enough");
    assert!(!format!("{record:?}").contains("Price"), "a record shows nothing of what it holds");
}

#[tokio::test]
async fn a_licence_that_was_deleted_or_moved_is_not_found() {
    for (field, value) in [("deleted", json!(true)), ("client_id", json!(2))] {
        let edited = Edited::start(PartialLicenceUpdate::Keep).await;
        edited.sim.edit_licence(edited.id, Map::from_iter([(field.to_owned(), value)]));
        let error = edited.connector.set_seat_count(&edited.change(25, 26)).await.unwrap_err();
        assert_eq!(*error.kind(), PsaErrorKind::NotFound, "{field}");
        assert_eq!(edited.posts(), 0);
    }
}

#[tokio::test]
async fn a_licence_whose_making_was_lost_is_not_made_twice() {
    for kind in [FaultKind::GatewayTimeoutAfterStore, FaultKind::ResetAfterStore] {
        let sim = sim().await;
        let connector = connector(&sim);
        let client = ClientId::new(CLIENT.to_string());
        let draft = LicenseDraft { name: "Backup - new".into(), product: "backup".into(), count: 4 };
        sim.add_fault(FaultRule::next(kind, 1).at("POST", "softwarelicence"));
        let error = connector.create_license(&client, &draft).await.unwrap_err();
        assert_eq!(*error.kind(), PsaErrorKind::OutcomeUnknown, "{kind:?}: {error}");
        let made = connector.create_license(&client, &draft).await.unwrap();
        assert_eq!((made.count, made.name.as_str()), (4, "Backup - new"));
        let licences = sim.tenant().licences;
        let of_name = licences.values().filter(|licence| licence["name"] == "Backup - new");
        assert_eq!(of_name.count(), 1, "{kind:?}");
        assert_eq!(sim.counts().requests_about_invoices(), 0);
    }
}

#[tokio::test]
async fn of_several_licences_of_a_name_none_is_chosen() {
    let sim = sim().await;
    let draft = LicenseDraft { name: "backup vendor - m365 SEATS".into(), product: "b".into(), count: 4 };
    let error = connector(&sim).create_license(&ClientId::new("2"), &draft).await.unwrap_err();
    assert_eq!(*error.kind(), PsaErrorKind::Rejected { field: Some("name".into()) });
    let one = connector(&sim).create_license(&ClientId::new("3"), &draft).await.unwrap();
    assert_eq!((one.id.as_str(), one.count), ("502", 80));
    assert_eq!(sim.counts().requests_to("POST /softwarelicence"), 0);
}
