//! Bringing a file up to date: numbered scripts, each applied once, in a transaction of its own.

use rusqlite::{Connection, TransactionBehavior};

/// In order; the first makes version 1.
const SCRIPTS: &[&str] = &[
    include_str!("../../migrations/001_store.sql"),
    include_str!("../../migrations/002_life_cycle.sql"),
    include_str!("../../migrations/003_backfill.sql"),
    include_str!("../../migrations/004_activity.sql"),
    include_str!("../../migrations/005_notices.sql"),
    include_str!("../../migrations/006_open_attempts.sql"),
    include_str!("../../migrations/007_seats.sql"),
    include_str!("../../migrations/008_seat_history.sql"),
];

/// What became of a file.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// It has the newest version that is known.
    UpToDate,
    /// A newer program has written it. It was left as it is.
    Newer { found: i64, known: i64 },
}

/// Applies what is missing.
pub(super) fn migrate(db: &mut Connection) -> rusqlite::Result<Outcome> {
    apply(db, SCRIPTS)
}

fn apply(db: &mut Connection, scripts: &[&str]) -> rusqlite::Result<Outcome> {
    let known = i64::try_from(scripts.len()).unwrap_or(i64::MAX);
    for (script, version) in scripts.iter().zip(1_i64..) {
        // The version is read inside the transaction, so that of two programs that start at once one waits.
        let transaction = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        if version_of(&transaction)? < version {
            transaction.execute_batch(script)?;
            transaction.pragma_update(None, "user_version", version)?;
            transaction.commit()?;
            tracing::info!(version, "Database migrated");
        }
    }
    let found = version_of(db)?;
    Ok(if found > known { Outcome::Newer { found, known } } else { Outcome::UpToDate })
}

/// Writes the version that is there: a page is written and committed, and all is as before.
pub(super) fn write_version_again(db: &Connection) -> rusqlite::Result<()> {
    db.pragma_update(None, "user_version", version_of(db)?)
}

fn version_of(db: &Connection) -> rusqlite::Result<i64> {
    db.pragma_query_value(None, "user_version", |row| row.get(0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use psa_bridge_core::seats::{SeatLine, ToldSeats};

    fn schema(db: &Connection) -> Vec<String> {
        let mut statement =
            db.prepare("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name").unwrap();
        let lines = statement.query_map([], |row| row.get(0)).unwrap();
        lines.collect::<Result<_, _>>().unwrap()
    }

    fn newest() -> i64 {
        i64::try_from(SCRIPTS.len()).unwrap()
    }

    #[test]
    fn an_empty_file_gets_the_newest_version() {
        let mut db = Connection::open_in_memory().unwrap();
        assert_eq!(migrate(&mut db).unwrap(), Outcome::UpToDate);
        assert_eq!(version_of(&db).unwrap(), newest());
    }

    #[test]
    fn every_older_version_ends_in_the_schema_of_an_empty_file() {
        let mut fresh = Connection::open_in_memory().unwrap();
        migrate(&mut fresh).unwrap();
        for older in 0..=SCRIPTS.len() {
            let mut db = Connection::open_in_memory().unwrap();
            apply(&mut db, &SCRIPTS[..older]).unwrap();
            assert_eq!(migrate(&mut db).unwrap(), Outcome::UpToDate);
            assert_eq!(schema(&db), schema(&fresh), "from version {older}");
        }
    }

    #[test]
    fn seat_counts_of_before_their_history_had_an_end_are_read_as_they_were() {
        let mut db = Connection::open_in_memory().unwrap();
        apply(&mut db, &SCRIPTS[..7]).unwrap();
        let looked = r#"{"at":"2026-03-01T00:00:00Z","client":"3","license":"7",
            "rows":{"today":{"on":"2026-03-01","count":12},"later":null}}"#;
        let line = format!(
            r#"{{"connection":"con_1","partner":"msp","organization":"bakery","product":"mail","agreed":{looked},
                "seen":{looked},"attempt":null,"waits":null,"rests":null,"asked":null,"failures":0,"trouble":null,
                "in_full":false,"due_at":null,"bells":2,"confirmed":{{"from":15,"to":12,"by":"ann"}},
                "undone":{{"to":12,"over":"evt_1","by":"ann"}}}}"#
        );
        let told = r#"{"organization":"bakery","product":"mail","count":15,"event":"evt_1","time":"2026-03-01T00:00:00Z"}"#;
        db.pragma_update(None, "foreign_keys", false).unwrap();
        db.execute("INSERT INTO seat_counts VALUES ('bakery', 'mail', ?1)", [told]).unwrap();
        let insert = "INSERT INTO seat_lines VALUES ('con_1', 'bakery', 'mail', NULL, 2, 0, ?1)";
        db.execute(insert, [line]).unwrap();

        migrate(&mut db).unwrap();
        let doc = |table: &str| -> String {
            db.query_one(&format!("SELECT doc FROM {table}"), [], |row| row.get(0)).unwrap()
        };
        let told: ToldSeats = serde_json::from_str(&doc("seat_counts")).unwrap();
        let line: SeatLine = serde_json::from_str(&doc("seat_lines")).unwrap();
        let seen = line.seen.as_ref().unwrap();
        assert_eq!((told.count, &told.since), (15, &told.event));
        assert_eq!(line.goal(&told, &seen.license, seen.rows.today.on), 12, "it is undone as before");
        assert_eq!(line.confirmed.unwrap().license, seen.license);
    }

    #[test]
    fn a_newer_file_is_refused_and_left_as_it_is() {
        let mut db = Connection::open_in_memory().unwrap();
        migrate(&mut db).unwrap();
        db.pragma_update(None, "user_version", newest() + 1).unwrap();
        assert_eq!(migrate(&mut db).unwrap(), Outcome::Newer { found: newest() + 1, known: newest() });
        assert_eq!(version_of(&db).unwrap(), newest() + 1);
    }

    #[test]
    fn a_script_that_fails_leaves_the_version_before_it() {
        let mut db = Connection::open_in_memory().unwrap();
        let broken = [
            "CREATE TABLE first (id TEXT) STRICT;",
            "CREATE TABLE second (id TEXT) STRICT; SELECT nonsense;",
        ];
        assert!(apply(&mut db, &broken).is_err());
        assert_eq!(version_of(&db).unwrap(), 1);
        assert_eq!(schema(&db).len(), 1);
    }
}
