//! The events of a run: the same for the same seed, but for the time that they are counted back from.

use crate::{
    events::{CATALOGUE, Event, MAIN_APP_TOKEN, SEATS_CHANGED, SOURCES, resolves_by_type, resolves_in},
    expectation::expected,
    organizations::{Organization, Registered},
    problems::Problem,
    world::{PartnerIndex, World},
};
use jiff::{SignedDuration, Timestamp};
use rand::{RngExt, SeedableRng, rngs::SmallRng, seq::IndexedRandom};
use serde_json::{Map, Value, json};
use std::collections::VecDeque;

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

/// Of a hundred events, so many are about a problem that there was before.
const FOLLOWING: u32 = 50;
/// So many of the latest problems are followed up.
const REMEMBERED: usize = 250;
/// After so many events comes a burst of new problems of one organisation,
const BURST_EVERY: usize = 40;
/// of so many accounts,
const BURST: usize = 6;
/// at one of these, which desks with a low cap have.
const STRUCK: [usize; 2] = [3, 5];

/// Makes events.
pub struct Generator<'a> {
    world: &'a World,
    seed: u64,
    now: Timestamp,
    random: SmallRng,
    made: usize,
    /// What may happen again, be mended, and come back.
    latest: VecDeque<Event>,
}

/// What an event is about, before it has an id.
struct Matter {
    organization: usize,
    event_type: String,
    shown_title: Option<String>,
    time: Timestamp,
    data: Map<String, Value>,
}

impl<'a> Generator<'a> {
    /// Events of `world` that happened before `now`.
    pub fn new(world: &'a World, seed: u64, now: Timestamp) -> Self {
        let random = SmallRng::seed_from_u64(seed);
        Self { world, seed, now, random, made: 0, latest: VecDeque::with_capacity(REMEMBERED) }
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
        let matter = self.matter();
        let event = self.tell(matter);
        if event.event_type != SEATS_CHANGED {
            if self.latest.len() == REMEMBERED {
                self.latest.pop_front();
            }
            self.latest.push_back(event.clone());
        }
        event
    }

    fn matter(&mut self) -> Matter {
        let in_burst = self.made % BURST_EVERY;
        if (1..=BURST).contains(&in_burst) {
            return self.struck(STRUCK[self.made / BURST_EVERY % STRUCK.len()]);
        }
        if self.latest.len() > BURST && self.in_a_hundred(FOLLOWING) {
            return self.follow_up();
        }
        let organization = self.random.random_range(0..self.world.organizations.len());
        let time = self.time();
        let mut data = Map::new();
        if self.in_a_hundred(85) {
            let known = self.in_a_hundred(50);
            let account = if known { (*self.pick(&ACCOUNTS)).to_owned() } else { self.new_account() };
            data.insert("account".to_owned(), json!(account));
        }
        let (event_type, shown_title) = self.what(&mut data);
        Matter { organization, event_type, shown_title, time, data }
    }

    /// One of many problems of an organisation at once.
    fn struck(&mut self, organization: usize) -> Matter {
        let event_type = (*self.pick(&["backup.email.failed", "backup.onedrive.unreachable"])).to_owned();
        let mut data = Map::new();
        data.insert("account".to_owned(), json!(self.new_account()));
        Matter { organization, event_type, shown_title: None, time: self.time(), data }
    }

    fn new_account(&self) -> String {
        format!("mailbox-{}@example.com", self.made)
    }

    /// Something that was there happens again, or is over; mostly later than before, and sometimes told late.
    fn follow_up(&mut self) -> Matter {
        let place = self.random.random_range(0..self.latest.len());
        let earlier = self.latest[place].clone();
        let known = |organization: &Organization| organization.id == earlier.organization;
        let organization = self.world.organizations.iter().position(known).unwrap_or_default();
        let Value::Object(mut data) = earlier.json["data"].clone() else { return self.struck(organization) };
        data.remove("partners");
        data.remove("action");
        let time = match self.random.random_range(0..100) {
            0..75 => self.after(earlier.time),
            75..92 => self.before(earlier.time),
            _ => earlier.time,
        };
        let (mut event_type, resolves) =
            (earlier.event_type, self.in_a_hundred(if earlier.resolves { 20 } else { 60 }));
        if let Some(trouble) = event_type.strip_prefix(MAIN_APP_TOKEN) {
            let own = if resolves { ".resolved" } else { ".failed" };
            // The type says it, or the event itself, whatever its type.
            if trouble != own && self.in_a_hundred(80) {
                event_type = format!("{MAIN_APP_TOKEN}{own}");
            }
        }
        if resolves != resolves_by_type(&event_type) {
            data.insert("action".to_owned(), json!(if resolves { "resolve" } else { "trigger" }));
        } else if !resolves && self.in_a_hundred(10) {
            data.insert("action".to_owned(), json!("trigger"));
        }
        debug_assert_eq!(resolves, resolves_in(&event_type, &data));
        Matter { organization, event_type, shown_title: earlier.shown_title, time, data }
    }

    /// Between then and the moment at which clocks that are ahead are.
    fn after(&mut self, time: Timestamp) -> Timestamp {
        let most = (self.now.as_millisecond() + 60_000 - time.as_millisecond()).clamp(1, 20 * 60_000);
        let later = SignedDuration::from_millis(self.random.random_range(0..most));
        time.saturating_add(later).unwrap_or(time)
    }

    fn before(&mut self, time: Timestamp) -> Timestamp {
        let earlier = SignedDuration::from_millis(self.random.random_range(1..10 * 60_000));
        time.saturating_sub(earlier).unwrap_or(time)
    }

    /// The event as it is sent, and what has to become of it.
    fn tell(&mut self, matter: Matter) -> Event {
        let Matter { organization, event_type, shown_title, time, mut data } = matter;
        let world = self.world;
        let organization = &world.organizations[organization];
        let number = self.made;
        // Every twentieth id is that of another source as well: only both together name an event.
        let shares_id = number.is_multiple_of(20);
        let id = format!("wl{}-{:06}", self.seed, if shares_id { number - 1 } else { number });
        let source = SOURCES[number % 2];
        data.insert("organization_id".to_owned(), json!(organization.id));
        let named = self.partners(organization, &mut data);
        let text = |member: &str| data.get(member).and_then(Value::as_str);
        let account = text("account").map(str::to_owned);
        let problem = Problem::of(&organization.id, &event_type, account.as_deref(), text("dedup_key"));
        let resolves = resolves_in(&event_type, &data);
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
            problem,
            resolves,
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
            return (SEATS_CHANGED.to_owned(), None);
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
    fn two_hundred_events_meet_every_type_and_every_outcome() {
        let events = events(1, 200);
        let types: BTreeSet<&str> = events.iter().map(|event| event.event_type.as_str()).collect();
        for event_type in CATALOGUE.into_iter().chain([SEATS_CHANGED]) {
            assert!(types.contains(event_type), "{event_type}");
        }
        let outcomes: BTreeSet<Expected> = events.iter().flat_map(|event| event.expected.clone()).collect();
        for reason in ["flow_off", "unmapped", "no_connection", "seat_count"] {
            assert!(outcomes.contains(&Expected::NoTicket(reason)), "{reason}");
        }
        for outcome in [Expected::Worked, Expected::ClientStopped, Expected::Elsewhere, Expected::NotVisible]
        {
            assert!(outcomes.contains(&outcome), "{outcome:?}");
        }
        assert!(events.iter().any(|event| event.disagrees));
    }

    #[test]
    fn problems_come_again_are_mended_come_back_and_are_told_late() {
        for seed in 1..6 {
            let events = events(seed, 120);
            let count = |wanted: &dyn Fn(usize, &Event) -> bool| {
                events.iter().enumerate().filter(|(place, event)| wanted(*place, event)).count()
            };
            let before = |place: usize, event: &Event, resolves: bool| {
                events[..place]
                    .iter()
                    .filter(|other| other.problem == event.problem && other.resolves == resolves)
                    .map(|other| other.time)
                    .max()
            };
            let repeats = count(&|place, event| !event.resolves && before(place, event, false).is_some());
            let mended = count(&|place, event| {
                event.resolves && before(place, event, false).is_some_and(|failed| failed <= event.time)
            });
            let relapses = count(&|place, event| {
                !event.resolves && before(place, event, true).is_some_and(|mended| mended < event.time)
            });
            let late = count(&|place, event| {
                !event.resolves && before(place, event, true).is_some_and(|mended| mended >= event.time)
            });
            let said = count(&|_, event| event.json["data"]["action"] == "resolve");
            for (what, found) in [
                ("repeats", repeats),
                ("mended", mended),
                ("relapses", relapses),
                ("late", late),
                ("said", said),
            ] {
                assert!(found > 0, "seed {seed}: {what}");
            }
        }
    }
}
