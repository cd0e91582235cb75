//! Promises about seat counts, which are tried on one licence and leave it as it was.

use super::{Broken, Report, Subject, ensure, fresh_reference};
use crate::{
    LicenseDraft, LicenseId, LicenseRef, PsaErrorKind, SeatBasis, SeatChange, SeatCount, SeatWrite,
    WriteStyle,
};
use jiff::ToSpan;
use jiff::civil::Date;
use jiff::tz::TimeZone;

pub(super) async fn run(subject: &Subject, report: &mut Report) {
    const ABSENT: &str = "seat counts that a PSA does not have are refused as missing";
    const READ: &str = "a seat count is read, and is the one that the list shows";
    if !subject.connector.capabilities().seats() {
        report.add(ABSENT, absent(subject).await);
        return report.skip(READ, "this PSA has no seat counts");
    }
    report.skip(ABSENT, "this PSA has seat counts");
    let Some(license) = &subject.license else {
        return report.skip(READ, "the subject names no licence");
    };
    report.add(READ, read(subject, license).await);
    report.add("a licence that does not exist is not found", unknown(subject, license).await);
    report.add("a licence of another client is not found", of_another(subject, license).await);
    if subject.writes {
        written(subject, license, report).await;
    }
    creation(subject, report).await;
}

async fn written(subject: &Subject, license: &LicenseRef, report: &mut Report) {
    for style in [WriteStyle::CountOnly, WriteStyle::Full] {
        let (name, moved) = match style {
            WriteStyle::CountOnly => (
                "a count is set up and down, read back, and nothing else changes",
                "a count that is not what was expected stays",
            ),
            WriteStyle::Full => (
                "a count is set in a licence that is written whole",
                "a count that is not what was expected stays, however it is written",
            ),
        };
        report.add(name, changed(subject, license, style).await);
        report.add(moved, unexpected(subject, license, style).await);
    }
    report.add("a count that is there already is written", already(subject, license).await);
    report.add("fewer than no seats are refused", negative(subject, license).await);
}

fn some_license(subject: &Subject) -> LicenseRef {
    LicenseRef { client: subject.client.clone(), license: LicenseId::new("999999999") }
}

/// The first of the next month: a day on which every kind of change takes effect.
fn next_month(subject: &Subject) -> Date {
    let today = subject.clock.now().to_zoned(TimeZone::UTC).date();
    today.first_of_month().saturating_add(1.month())
}

fn change(subject: &Subject, license: &LicenseRef, expected: i64, target: i64) -> SeatChange {
    SeatChange {
        license: license.clone(),
        expected,
        target,
        effective: next_month(subject),
        style: WriteStyle::CountOnly,
        before: None,
    }
}

async fn now(subject: &Subject, license: &LicenseRef) -> Result<SeatCount, Broken> {
    Ok(subject.connector.seat_count(license, next_month(subject)).await?)
}

/// A licence but for its count.
fn rest(count: &SeatCount) -> Result<serde_json::Value, Broken> {
    let SeatBasis::License { record } = &count.basis else { return Ok(serde_json::Value::Null) };
    let record = serde_json::from_str::<serde_json::Value>(record.as_str());
    let mut record = record.map_err(|error| Broken(format!("the record is no JSON: {error}")))?;
    if let Some(members) = record.as_object_mut() {
        members.remove("count");
    }
    Ok(record)
}

async fn absent(subject: &Subject) -> Result<(), Broken> {
    let license = some_license(subject);
    let missing =
        |kind: &PsaErrorKind| ensure(*kind == PsaErrorKind::MissingCapability, || format!("{kind:?}"));
    match subject.connector.seat_count(&license, next_month(subject)).await {
        Ok(count) => return Err(Broken(format!("{count:?}"))),
        Err(error) => missing(error.kind())?,
    }
    match subject.connector.set_seat_count(&change(subject, &license, 0, 1)).await {
        Ok(write) => Err(Broken(format!("{write:?}"))),
        Err(error) => missing(error.kind()),
    }
}

async fn read(subject: &Subject, license: &LicenseRef) -> Result<(), Broken> {
    let listed = subject.connector.licenses(&subject.client).await?;
    let listed = listed.into_iter().find(|listed| listed.id == license.license);
    let listed = listed.ok_or_else(|| Broken("the list does not show the test's licence".to_owned()))?;
    let today = subject.clock.now().to_zoned(TimeZone::UTC).date();
    let count = subject.connector.seat_count(license, today).await?;
    ensure(count.count == listed.count, || format!("{} in the list, and {count:?}", listed.count))?;
    ensure(!listed.name.trim().is_empty(), || "it has no name".to_owned())?;
    match count.basis {
        SeatBasis::Period { from, until } => {
            ensure(from <= today && today <= until, || format!("{from} to {until} does not hold {today}"))
        }
        SeatBasis::License { .. } => Ok(()),
    }
}

async fn not_found(subject: &Subject, license: &LicenseRef) -> Result<(), Broken> {
    let read = subject.connector.seat_count(license, next_month(subject)).await;
    let write = subject.connector.set_seat_count(&change(subject, license, 0, 1)).await;
    for kind in [read.map(|read| format!("{read:?}")), write.map(|write| format!("{write:?}"))] {
        match kind {
            Ok(what) => return Err(Broken(what)),
            Err(error) => ensure(*error.kind() == PsaErrorKind::NotFound, || error.to_string())?,
        }
    }
    Ok(())
}

async fn unknown(subject: &Subject, license: &LicenseRef) -> Result<(), Broken> {
    let nines = |part: &str| part.chars().map(|_| '9').collect::<String>();
    let id = license.license.as_str().split(':').map(nines).collect::<Vec<_>>().join(":");
    not_found(subject, &LicenseRef { license: LicenseId::new(id), ..license.clone() }).await
}

async fn of_another(subject: &Subject, license: &LicenseRef) -> Result<(), Broken> {
    not_found(subject, &LicenseRef { client: subject.unknown_client.clone(), ..license.clone() }).await
}

async fn changed(subject: &Subject, license: &LicenseRef, style: WriteStyle) -> Result<(), Broken> {
    let before = now(subject, license).await?;
    let start = before.count;
    for (expected, target) in [(start, start + 7), (start + 7, start + 3), (start + 3, start)] {
        let change = SeatChange { style, ..change(subject, license, expected, target) };
        let write = subject.connector.set_seat_count(&change).await?;
        let right = SeatWrite::Written { from: expected, to: target, restored: Vec::new() };
        ensure(write == right, || format!("{expected} to {target}: {write:?}"))?;
        let after = now(subject, license).await?;
        ensure(after.count == target, || format!("{target} is read back as {}", after.count))?;
        ensure(rest(&after)? == rest(&before)?, || format!("not only the count changed: {after:?}"))?;
    }
    Ok(())
}

async fn unexpected(subject: &Subject, license: &LicenseRef, style: WriteStyle) -> Result<(), Broken> {
    let before = now(subject, license).await?;
    let change = SeatChange { style, ..change(subject, license, before.count + 1, before.count + 2) };
    let write = subject.connector.set_seat_count(&change).await?;
    ensure(write == SeatWrite::Moved { found: before.count }, || format!("{write:?}"))?;
    let after = now(subject, license).await?;
    ensure(after == before, || format!("{before:?}, then {after:?}"))
}

async fn already(subject: &Subject, license: &LicenseRef) -> Result<(), Broken> {
    let count = now(subject, license).await?.count;
    let write = subject.connector.set_seat_count(&change(subject, license, count + 5, count)).await?;
    let right = SeatWrite::Written { from: count, to: count, restored: Vec::new() };
    ensure(write == right, || format!("{write:?}"))
}

async fn negative(subject: &Subject, license: &LicenseRef) -> Result<(), Broken> {
    let count = now(subject, license).await?.count;
    match subject.connector.set_seat_count(&change(subject, license, count, -1)).await {
        Ok(write) => Err(Broken(format!("{write:?}"))),
        Err(error) => {
            ensure(matches!(error.kind(), PsaErrorKind::Rejected { .. }), || error.to_string())?;
            let after = now(subject, license).await?.count;
            ensure(after == count, || format!("{count}, then {after}"))
        }
    }
}

async fn creation(subject: &Subject, report: &mut Report) {
    const NAME: &str = "a licence is made once for each name, and takes a count";
    const ABSENT: &str = "a licence that cannot be made is refused as missing";
    let draft = LicenseDraft {
        name: format!("Test of PSA Bridge {}", fresh_reference()),
        product: "test".to_owned(),
        count: 3,
    };
    if !subject.connector.capabilities().create_license {
        let made = subject.connector.create_license(&subject.client, &draft).await;
        let result = match made {
            Ok(license) => Err(Broken(format!("{license:?}"))),
            Err(error) => ensure(*error.kind() == PsaErrorKind::MissingCapability, || error.to_string()),
        };
        report.add(ABSENT, result);
        return report.skip(NAME, "this PSA's contracts are made by people");
    }
    if !subject.makes_licenses {
        return report.skip(NAME, "the subject must not be given licences");
    }
    report.add(NAME, made(subject, &draft).await);
}

async fn made(subject: &Subject, draft: &LicenseDraft) -> Result<(), Broken> {
    let one = subject.connector.create_license(&subject.client, draft).await?;
    ensure(one.name == draft.name && one.count == draft.count && one.active, || format!("{one:?}"))?;
    let again = LicenseDraft { count: 99, ..draft.clone() };
    let other = subject.connector.create_license(&subject.client, &again).await?;
    ensure(other == one, || format!("{one:?}, then {other:?}"))?;
    let license = LicenseRef { client: subject.client.clone(), license: one.id };
    let write = subject.connector.set_seat_count(&change(subject, &license, 3, 4)).await?;
    ensure(write == SeatWrite::Written { from: 3, to: 4, restored: Vec::new() }, || format!("{write:?}"))?;
    let listed = subject.connector.licenses(&subject.client).await?;
    let of_name = listed.iter().filter(|license| license.name == draft.name).collect::<Vec<_>>();
    ensure(of_name.len() == 1 && of_name.iter().all(|one| one.count == 4), || format!("{of_name:?}"))
}
