//! Which tickets a list is about: the filters of `GET /Tickets`, as Halo's OpenAPI document names them.

use serde_json::Value;

use super::call::Call;
use crate::halopsa::switches::{DateGranularity, ReferenceSearch};
use crate::halopsa::world::{StoredTicket, World};
use crate::server::{Parameters, Reply};

/// A list's filters, read.
#[derive(Default)]
pub struct Filter {
    pub client: Option<i64>,
    /// Times between which tickets were created.
    pub from: i64,
    pub until: i64,
    closed_between: Option<(i64, i64)>,
    updated_between: Option<(i64, i64)>,
    clients: Option<Vec<i64>>,
    ids: Option<Vec<i64>>,
    statuses: Option<Vec<i64>>,
    types: Option<Vec<i64>>,
    site: Option<i64>,
    user: Option<i64>,
    agent: Option<i64>,
    team: Option<String>,
    open_only: bool,
    closed_only: bool,
    deleted: bool,
    /// Texts to be found in members.
    texts: Vec<(&'static str, String)>,
    exact: Vec<(&'static str, String)>,
    anywhere: Option<String>,
}

const DAY: i64 = 24 * 60 * 60 * 1000;

impl Filter {
    pub fn read(world: &World, call: &Call) -> Result<Self, Reply> {
        let parameters = &call.parameters;
        let mut filter = Self {
            client: parameters.number("client_id")?.filter(|&id| id > 0),
            from: i64::MIN,
            until: i64::MAX,
            clients: parameters.numbers("client_ids"),
            ids: parameters.numbers("ticketids"),
            statuses: parameters.numbers("status_id").or_else(|| parameters.numbers("status")),
            types: parameters.numbers("requesttype_id").or_else(|| parameters.numbers("requesttype")),
            site: parameters.number("site_id")?.filter(|&id| id > 0),
            user: parameters.number("user_id")?.filter(|&id| id > 0),
            agent: parameters.number("agent_id")?.filter(|&id| id > 0),
            team: parameters.text("team_name").or_else(|| parameters.text("team")).map(str::to_lowercase),
            open_only: parameters.flag("open_only"),
            closed_only: parameters.flag("closed_only"),
            deleted: parameters.flag("deleted"),
            anywhere: parameters.text("search").map(str::to_lowercase),
            ..Self::default()
        };
        filter.read_texts(world, parameters);
        filter.read_dates(world, parameters)?;
        filter.read_advanced(parameters)?;
        Ok(filter)
    }

    fn read_texts(&mut self, world: &World, parameters: &Parameters) {
        for (parameter, member) in [("search_summary", "summary"), ("search_details", "details")] {
            if let Some(text) = parameters.text(parameter) {
                self.texts.push((member, text.to_lowercase()));
            }
        }
        if let Some(id) = parameters.text("search_id") {
            self.ids.get_or_insert_default().extend(id.parse::<i64>());
        }
        for (parameter, member) in
            [("client_ref", "client_reference"), ("search_supplier_reference", "supplier_reference")]
        {
            if let Some(text) = parameters.text(parameter) {
                match world.switches.reference_search {
                    ReferenceSearch::Contains => self.texts.push((member, text.to_lowercase())),
                    ReferenceSearch::Exact => self.exact.push((member, text.to_owned())),
                    ReferenceSearch::Ignored => {}
                }
            }
        }
    }

    fn read_dates(&mut self, world: &World, parameters: &Parameters) -> Result<(), Reply> {
        let whole_days = world.switches.date_granularity == DateGranularity::Day;
        let start = |name| {
            let date = parameters.date(name)?;
            Ok::<_, Reply>(date.map(|(time, _)| if whole_days { time - time.rem_euclid(DAY) } else { time }))
        };
        let end = |name| {
            let date = parameters.date(name)?;
            Ok::<_, Reply>(date.map(|(time, only_date)| {
                if whole_days || only_date { time - time.rem_euclid(DAY) + DAY - 1 } else { time }
            }))
        };
        let (from, until) = (start("startdate")?, end("enddate")?);
        let between = (from.unwrap_or(i64::MIN), until.unwrap_or(i64::MAX));
        match parameters.text("datesearch").map(str::to_lowercase).as_deref() {
            Some("datecleared" | "dateclosed") => self.closed_between = Some(between),
            Some("dateoccured" | "dateoccurred") => (self.from, self.until) = between,
            None if !world.switches.dates_need_datesearch => (self.from, self.until) = between,
            _ => {}
        }
        let (from, until) = (start("lastupdatefromdate")?, end("lastupdatetodate")?);
        if from.is_some() || until.is_some() {
            self.updated_between = Some((from.unwrap_or(i64::MIN), until.unwrap_or(i64::MAX)));
        }
        Ok(())
    }

    /// `advanced_search`: what is not on the tenant's list of fields is refused, in words seen in production.
    fn read_advanced(&mut self, parameters: &Parameters) -> Result<(), Reply> {
        let Some(text) = parameters.text("advanced_search") else { return Ok(()) };
        let refusal = || Reply::refused("Invalid advanced search parameter(s)");
        let filters: Vec<Value> = serde_json::from_str(text).map_err(|_| refusal())?;
        for filter in filters {
            let name = filter["filter_name"].as_str().unwrap_or_default();
            let value = filter["filter_value"]
                .as_str()
                .map_or_else(|| filter["filter_value"].to_string(), str::to_owned);
            match (name, filter["filter_type"].as_i64()) {
                ("summary", Some(2)) => self.exact.push(("summary", value)),
                ("summary", Some(4)) => self.texts.push(("summary", value.replace('%', "").to_lowercase())),
                ("client_id", Some(2)) => self.client = value.parse().ok(),
                _ => return Err(refusal()),
            }
        }
        Ok(())
    }

    pub fn matches(&self, ticket: &StoredTicket) -> bool {
        let one_of = |ids: &Option<Vec<i64>>, id| ids.as_ref().is_none_or(|ids| ids.contains(&id));
        let is = |wanted: Option<i64>, id| wanted.is_none_or(|wanted| wanted == id);
        let within = |range: Option<(i64, i64)>, time: Option<i64>| {
            range.is_none_or(|(from, until)| time.is_some_and(|time| (from..=until).contains(&time)))
        };
        ticket.deleted == self.deleted
            && !(self.open_only && ticket.closed.is_some())
            && !(self.closed_only && ticket.closed.is_none())
            && one_of(&self.clients, ticket.client_id)
            && one_of(&self.ids, ticket.id)
            && one_of(&self.statuses, ticket.status_id)
            && one_of(&self.types, ticket.tickettype_id)
            && is(self.site, ticket.site_id)
            && is(self.user, ticket.user_id)
            && is(self.agent, ticket.agent_id)
            && self.team.as_ref().is_none_or(|team| ticket.team.to_lowercase() == *team)
            && within(self.closed_between, ticket.closed)
            && within(self.updated_between, Some(ticket.updated))
            && self.texts.iter().all(|(member, text)| contains(ticket, member, text))
            && self.exact.iter().all(|(member, text)| ticket.text(member) == Some(text))
            && self.anywhere.as_ref().is_none_or(|text| {
                contains(ticket, "summary", text)
                    || contains(ticket, "details", text)
                    || ticket.id.to_string() == *text
            })
    }
}

fn contains(ticket: &StoredTicket, member: &str, lower_case: &str) -> bool {
    let found = |name| ticket.text(name).is_some_and(|text| text.to_lowercase().contains(lower_case));
    found(member) || (member == "details" && found("details_html"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::halopsa::switches::Switches;
    use crate::halopsa::tenant::Tenant;
    use crate::time::parse_date;

    fn dates(granularity: DateGranularity, query: &str) -> Filter {
        let switches = Switches { date_granularity: granularity, ..Switches::default() };
        let world = World::new(Tenant::demo("demo"), switches, 1);
        let mut filter = Filter::default();
        assert!(filter.read_dates(&world, &Parameters::parse(query)).is_ok(), "{query}");
        filter
    }

    #[test]
    fn a_day_ends_a_millisecond_before_the_next() {
        let midnight = parse_date("2026-03-02");
        for (granularity, query) in [
            (DateGranularity::default(), "datesearch=dateoccured&enddate=2026-03-01"),
            (DateGranularity::Day, "datesearch=dateoccured&enddate=2026-03-01T12:30:00"),
        ] {
            assert_eq!(Some(dates(granularity, query).until + 1), midnight, "{query}");
        }
        let query = "datesearch=dateoccured&startdate=2026-03-02T12:30:00";
        assert_eq!(Some(dates(DateGranularity::Day, query).from), midnight);
        assert_eq!(Some(dates(DateGranularity::default(), query).from), parse_date("2026-03-02T12:30:00"));
    }
}
