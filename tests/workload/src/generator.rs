//! The events of a run: the same for the same seed, but for the time that they are counted back from.

use crate::{
    events::{CATALOGUE, Event, SOURCES},
    expectation::expected,
    organizations::{Organization, Registered},
    world::{PartnerIndex, World},
};
use jiff::{SignedDuration, Timestamp};
use rand::{RngExt, SeedableRng, rngs::SmallRng, seq::IndexedRandom};
use serde_json::{Map, Value, json};

/// Pipelines' own titles: as they are sent, and as a person has to see them.
const TITLES: [(&str, &str); 6] = [
    ("Ransomware behaviour stopped", "Ransomware behaviour stopped"),
    (
        "<b>Verdächtige</b> Anmeldung & <script>alert(1)</script>",
        "<b>Verdächtige</b> Anmeldung & <script>alert(1)</script>",
    ),
    ("  Über\u{7}prüfung\r\nfehl\u{1b}geschlagen\t😱 ", "Überprüfung fehlgeschlagen 😱"),
    ("Pièce jointe piégée 🪤 détectée", "Pièce jointe piégée 🪤 détectée"),
    ("不審なログイン", "不審なログイン"),
    (
        "{ $account } %s ${jndi:ldap://x} '; DROP TABLE events;--",
        "{ $account } %s ${jndi:ldap://x} '; DROP TABLE events;--",
    ),
];

/// Pipelines' own descriptions.
const DESCRIPTIONS: [&str; 4] = [
    "The connection was reset after 3 tries.\nLast error: ECONNRESET",
    "Zeile 1 mit Umlauten äöüß\r\nZeile 2 mit <i>HTML</i> & Zeichen \u{0}\u{1}\u{1b}[31mrot\u{1b}[0m",
    "🧯 ",
    "<img src=x onerror=alert(1)> \"quoted\" 'single' `tick`\nRef: PSB-AAAAAAAAAAAAAAAAAAAAAAAA",
];

const ACCOUNTS: [&str; 5] = [
    "anna.schmidt@example.com",
    "bjørn@example.org",
    "o'neil@example.com",
    "Zoë Müller",
    "日本太郎@example.jp",
];

const PASSED_THROUGH: [&str; 3] =
    ["security.ransomware.detected", "security.login.suspicious", "backup.teams.failed"];

/// Makes events.
pub struct Generator<'a> {
    world: &'a World,
    seed: u64,
    now: Timestamp,
    random: SmallRng,
    made: usize,
}

impl<'a> Generator<'a> {
    /// Events of `world` that happened before `now`.
    pub fn new(world: &'a World, seed: u64, now: Timestamp) -> Self {
        Self { world, seed, now, random: SmallRng::seed_from_u64(seed), made: 0 }
    }

    /// Whether something happens that happens so many times in a hundred.
    pub(crate) fn in_a_hundred(&mut self, times: u32) -> bool {
        self.random.random_range(0..100) < times
    }

    pub(crate) fn random(&mut self) -> &mut SmallRng {
        &mut self.random
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.now
    }

    /// An id that no event has.
    pub(crate) fn unused_id(&mut self) -> String {
        self.made += 1;
        format!("wl{}-{:06}-broken", self.seed, self.made)
    }

    /// The next event.
    pub fn event(&mut self) -> Event {
        self.made += 1;
        let world = self.world;
        let place = self.random.random_range(0..world.organizations.len());
        let organization = &world.organizations[place];
        let number = self.made;
        // Every twentieth id is that of another source as well: only both together name an event.
        let shares_id = number.is_multiple_of(20);
        let id = format!("wl{}-{:06}", self.seed, if shares_id { number - 1 } else { number });
        let source = SOURCES[number % 2];
        let time = self.time();
        let mut data = Map::new();
        data.insert("organization_id".to_owned(), json!(organization.id));
        let named = self.partners(organization, &mut data);
        let account = self.in_a_hundred(85).then(|| (*self.pick(&ACCOUNTS)).to_owned());
        if let Some(account) = &account {
            data.insert("account".to_owned(), json!(account));
        }
        let (event_type, shown_title) = self.what(&mut data);
        let disagrees = named.as_ref().is_some_and(|named| {
            named.len() != organization.chain.len() || named.iter().any(|p| !organization.chain.contains(p))
        });
        let expected = (0..world.desks.len())
            .map(|desk| expected(world, organization, desk, named.as_deref(), &event_type))
            .collect();
        let json = json!({
            "specversion": "1.0", "id": id, "source": source, "type": event_type, "time": time.to_string(),
            "data": Value::Object(data),
        });
        Event {
            source,
            id,
            time,
            event_type,
            organization: organization.id.clone(),
            account,
            shown_title,
            disagrees,
            json,
            expected,
        }
    }

    fn pick<'b, T>(&mut self, from: &'b [T]) -> &'b T {
        // Only constants are picked from, and none is empty.
        from.choose(&mut self.random).unwrap_or(&from[0])
    }

    /// Mostly within the last minutes, some within two days, and a few from a clock that is ahead.
    fn time(&mut self) -> Timestamp {
        let seconds = match self.random.random_range(0..100) {
            0..2 => -60,
            2..15 => self.random.random_range(0..47 * 3600),
            _ => self.random.random_range(0..20 * 60),
        };
        let milliseconds = seconds * 1000 + self.random.random_range(0..1000);
        self.now.saturating_sub(SignedDuration::from_millis(milliseconds)).unwrap_or(self.now)
    }

    /// Which partners the event names. What registers an organisation names all of them: the first to come decides.
    fn partners(
        &mut self,
        organization: &Organization,
        data: &mut Map<String, Value>,
    ) -> Option<Vec<PartnerIndex>> {
        let all = organization.chain.clone();
        let named = match organization.registered {
            Registered::Never => return None,
            Registered::ByEvent => all,
            Registered::ByVendor => match self.random.random_range(0..100) {
                0..80 => return None,
                80..92 => all,
                // Somebody whom the registry does not know of, and not all of those that it knows.
                92..96 => (0..self.world.partners.len()).filter(|p| p % 2 == 1).collect(),
                _ => vec![all[0]],
            },
        };
        let ids: Vec<&str> = named.iter().map(|partner| self.world.partners[*partner].id.as_str()).collect();
        data.insert("partners".to_owned(), json!(ids));
        Some(named)
    }

    /// What happened: the event type, and the title that a person has to see where it is the pipeline's own.
    fn what(&mut self, data: &mut Map<String, Value>) -> (String, Option<String>) {
        let share = self.random.random_range(0..100);
        if share < 4 {
            data.insert("product".to_owned(), json!("m365-backup"));
            data.insert("quantity".to_owned(), json!(self.random.random_range(1..400)));
            return ("seats.changed".to_owned(), None);
        }
        if self.in_a_hundred(40) {
            data.insert("severity".to_owned(), json!("high"));
            data.insert("url".to_owned(), json!("https://portal.example.com/events?a=1&b=<2>"));
        }
        if share < 76 {
            let event_type = CATALOGUE[self.made % CATALOGUE.len()];
            if self.in_a_hundred(30) {
                let description = *self.pick(&DESCRIPTIONS);
                data.insert("description".to_owned(), json!(description));
            }
            return (event_type.to_owned(), None);
        }
        self.passed_through(share, data)
    }

    fn passed_through(&mut self, share: i32, data: &mut Map<String, Value>) -> (String, Option<String>) {
        let event_type = (*self.pick(&PASSED_THROUGH)).to_owned();
        let description = *self.pick(&DESCRIPTIONS);
        data.insert("description".to_owned(), json!(description));
        if self.in_a_hundred(30) {
            data.insert("dedup_key".to_owned(), json!(format!("incident-{}", self.made % 7)));
        }
        match share {
            // No title: the type stands for it.
            76..79 => (event_type, None),
            79..82 => {
                let long = "Sehr langer Titel ".repeat(20);
                data.insert("title".to_owned(), json!(long));
                (event_type, Some(long.trim().to_owned()))
            }
            _ => {
                let (sent, shown) = *self.pick(&TITLES);
                data.insert("title".to_owned(), json!(sent));
                (event_type, Some(shown.to_owned()))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expectation::Expected;
    use std::collections::BTreeSet;

    fn events(seed: u64, count: usize) -> Vec<Event> {
        let world = World::new();
        let mut generator = Generator::new(&world, seed, "2026-11-21T12:00:00Z".parse().unwrap());
        (0..count).map(|_| generator.event()).collect()
    }

    #[test]
    fn the_same_seed_makes_the_same_events() {
        let json = |seed| events(seed, 50).into_iter().map(|event| event.json).collect::<Vec<_>>();
        assert_eq!(json(1), json(1));
        assert_ne!(json(1), json(2));
    }

    #[test]
    fn source_and_id_together_name_an_event_and_the_id_alone_does_not() {
        let events = events(1, 200);
        let both: BTreeSet<_> = events.iter().map(|event| (event.source, &event.id)).collect();
        let ids: BTreeSet<_> = events.iter().map(|event| &event.id).collect();
        assert_eq!(both.len(), 200);
        assert!(ids.len() < 200);
    }

    #[test]
    fn a_hundred_and_twenty_events_meet_every_type_and_every_outcome() {
        let events = events(1, 120);
        let types: BTreeSet<&str> = events.iter().map(|event| event.event_type.as_str()).collect();
        for event_type in CATALOGUE.into_iter().chain(["seats.changed"]) {
            assert!(types.contains(event_type), "{event_type}");
        }
        let outcomes: BTreeSet<Expected> = events.iter().flat_map(|event| event.expected.clone()).collect();
        for reason in ["flow_off", "client_missing", "unmapped", "no_connection", "seat_count"] {
            assert!(outcomes.contains(&Expected::NoTicket(reason)), "{reason}");
        }
        for outcome in [Expected::Ticket, Expected::Elsewhere, Expected::NotVisible] {
            assert!(outcomes.contains(&outcome), "{outcome}");
        }
        assert!(events.iter().any(|event| event.disagrees));
    }
}
