//! What is told of the life of a connection: each scene is a list of changes, and what the outbox holds after it when
//! nothing of it was sent yet, or all of it was at once.

use super::*;
use crate::{
    catalogue::Language,
    connection::{
        CanaryPlan, CheckResult, Connection, ConnectionChange as C, Settings, SuspensionCause as S, TestProof,
    },
    delivery::{Change, Delivery},
    event::Event,
};
use psa_connector::{CheckReport, FieldProblem, PsaKind, TenantIdentity, TicketId};

const PLAN: CanaryPlan =
    CanaryPlan { first: SignedDuration::from_secs(30), longest: SignedDuration::from_mins(15) };

fn at(seconds: i64) -> Timestamp {
    Timestamp::constant(1_772_352_000, 0) + SignedDuration::from_secs(seconds)
}

fn policy() -> NoticePolicy {
    NoticePolicy { webhook: true, ..NoticePolicy::default() }
}

fn passed() -> CheckResult {
    CheckResult { at: at(0), report: CheckReport::default() }
}

fn stopped(cause: S) -> C {
    C::Suspended { cause, detail: "x".to_owned(), plan: PLAN }
}

fn canary() -> C {
    C::CanaryFailed { plan: PLAN }
}

fn unfit() -> C {
    let problem = FieldProblem { field: "ticket.sla_id".to_owned(), ..problem() };
    C::SettingsCompared { problems: vec![problem] }
}

fn problem() -> FieldProblem {
    serde_json::from_value(serde_json::json!({"field": "x", "code": "required", "message": "m"})).unwrap()
}

fn live() -> Connection {
    let tenant = TenantIdentity { psa: PsaKind::HaloPsa, key: "k".into(), name: "n".into() };
    let mut connection =
        Connection::new("con_a".parse().unwrap(), "msp".parse().unwrap(), tenant, Language::En, passed());
    let proof = TestProof {
        at: at(0),
        ticket: TicketId::new("1"),
        generation: 1,
        settings: Some(Settings::default()),
    };
    let emergency_contact = Some("a@b.c".to_owned());
    for change in [
        C::SettingsSaved(Settings::default()),
        C::ContactSaved { emergency_contact, language: Language::En },
        C::Proven(proof),
        C::Confirmed,
    ] {
        connection.apply(change, at(0)).unwrap();
    }
    connection
}

/// An outbox as a store would keep it.
#[derive(Default)]
struct Outbox(Vec<Notice>);

impl Outbox {
    fn take(&mut self, effect: Effect) {
        match effect {
            Effect::Tell(notice) => self.keep(notice),
            Effect::TellIfBegun(notice) => {
                let begun = self.0.iter().any(|it| {
                    it.channel == Channel::Mail
                        && it.news.is_stop()
                        && it.news.episode() == notice.news.episode()
                        && it.attempts > 0
                });
                if begun {
                    self.keep(notice);
                }
            }
            Effect::StrikeOff(episode) => self.0.retain(|it| {
                it.channel != Channel::Mail
                    || !it.news.is_stop()
                    || it.attempts > 0
                    || it.news.episode() != Some(episode)
            }),
        }
    }

    fn keep(&mut self, notice: Notice) {
        if self.0.iter().all(|it| it.id != notice.id) {
            self.0.push(notice);
        }
    }

    fn of(&self, channel: Channel) -> Vec<String> {
        let words = self.0.iter().filter(|it| it.channel == channel).map(|it| match &it.news {
            News::Stopped { cause, .. } => format!("stopped: {}", cause.code()),
            News::Recovered { cause, .. } => format!("over: {}", cause.code()),
            News::Revoked => "revoked".to_owned(),
            News::DeliveryEnded { reason, .. } => format!("ended: {}", reason.code()),
        });
        words.collect()
    }
}

/// What is in the outbox after the changes, each a hundred seconds after the other; where `prompt`, every mail is sent
/// as soon as it is due.
fn told(prompt: bool, changes: &[C]) -> Outbox {
    let mut connection = live();
    let mut outbox = Outbox::default();
    for (now, change) in (1..).map(|n| at(n * 100)).zip(changes) {
        for notice in &mut outbox.0 {
            if prompt && notice.due_at <= now {
                notice.attempts = 1;
            }
        }
        let before = connection.clone();
        connection.apply(change.clone(), now).unwrap();
        for effect in of_change(&before, &connection, now, &policy()) {
            outbox.take(effect);
        }
    }
    outbox
}

fn mails(prompt: bool, changes: &[C]) -> Vec<String> {
    told(prompt, changes).of(Channel::Mail)
}

fn events(changes: &[C]) -> Vec<String> {
    told(true, changes).of(Channel::Webhook)
}

#[test]
fn an_outage_is_told_once_and_once_that_it_is_over() {
    let down = stopped(S::Unavailable);
    let changes = [down.clone(), canary(), canary(), down.clone(), canary(), C::Recovered];
    assert_eq!(mails(true, &changes), ["stopped: unavailable", "over: unavailable"]);
    assert_eq!(events(&changes), ["stopped: unavailable", "over: unavailable"]);
    let again = [down.clone(), C::Recovered, C::CallWorked, down, C::Recovered];
    assert_eq!(mails(true, &again).len(), 4, "another outage is another story");
}

#[test]
fn what_is_over_before_it_was_told_is_not_told_at_all() {
    let changes = [stopped(S::Unavailable), canary(), C::Recovered];
    assert!(mails(false, &changes).is_empty());
    assert_eq!(events(&changes), ["stopped: unavailable", "over: unavailable"], "the vendor hears all of it");
}

#[test]
fn an_outage_that_turns_out_to_need_a_person_is_a_second_mail() {
    let changes = [stopped(S::Unavailable), canary(), stopped(S::Credentials), C::Checked(passed())];
    assert_eq!(mails(true, &changes), ["stopped: unavailable", "stopped: credentials", "over: credentials"]);
    assert_eq!(
        mails(false, &changes[..3]),
        ["stopped: credentials"],
        "what was not told yet and is no longer so is not told"
    );
}

#[test]
fn a_cause_that_comes_and_goes_is_told_once() {
    let (refused, down) = (stopped(S::Credentials), stopped(S::Unavailable));
    let changes = [refused.clone(), down.clone(), refused.clone(), down, refused];
    assert_eq!(mails(true, &changes), ["stopped: credentials"]);
    let lost = [stopped(S::Credentials), stopped(S::Permission), stopped(S::Credentials)];
    assert_eq!(mails(true, &lost), ["stopped: credentials", "stopped: permission"]);
}

#[test]
fn new_credentials_and_a_check_end_it_too() {
    let replaced = C::CredentialsReplaced { replaces: 1, check: passed() };
    for end in [replaced, C::Checked(passed()), C::Recovered] {
        let changes = [stopped(S::Credentials), C::CallWorked, end];
        assert_eq!(mails(true, &changes), ["stopped: credentials", "over: credentials"]);
    }
}

#[test]
fn patience_is_for_what_may_pass_by_itself() {
    let due = |change: C| {
        let outbox = told(false, &[change]);
        let mail = outbox.0.into_iter().find(|it| it.channel == Channel::Mail).unwrap();
        mail.due_at.duration_since(mail.at)
    };
    assert_eq!(due(stopped(S::Unavailable)), policy().outage);
    assert_eq!(due(stopped(S::Credentials)), SignedDuration::ZERO);
    assert_eq!(due(stopped(S::Permission)), SignedDuration::ZERO);
    assert_eq!(due(C::SettingsReset), policy().settings);
    assert_eq!(due(unfit()), SignedDuration::ZERO);
    assert_eq!(due(C::Revoked), SignedDuration::ZERO);
}

#[test]
fn a_budget_is_told_only_once_it_has_been_spent_for_long() {
    let until = |seconds| C::Throttled { until: at(seconds) };
    assert!(mails(true, &[until(400), until(700), until(1000), C::CaughtUp]).is_empty());
    assert!(mails(true, &[until(3699)]).is_empty(), "the first is at 100 seconds");
    assert_eq!(mails(true, &[until(3700)]), ["stopped: budget"]);
    let long = [until(400), until(3701), until(4000), C::CaughtUp];
    assert_eq!(mails(true, &long), ["stopped: budget", "over: budget"]);
    assert_eq!(events(&long), ["stopped: budget", "over: budget"]);
    let caught_up = [until(400), C::CaughtUp, until(3701)];
    assert!(mails(true, &caught_up).is_empty(), "it sufficed meanwhile");
    assert!(mails(true, &[C::Postponed { until: at(9999) }]).is_empty(), "that is our own trouble");
}

#[test]
fn settings_that_are_missing_or_do_not_fit_are_told_and_that_they_do_again() {
    let saved = C::SettingsSaved(Settings::default());
    let reset = [vec![C::SettingsReset], vec![C::CallWorked; 40], vec![saved.clone()]].concat();
    assert_eq!(mails(true, &reset), ["stopped: settings_missing", "over: settings_missing"]);
    assert_eq!(events(&reset), ["stopped: settings_missing", "over: settings_missing"]);
    assert!(mails(true, &[C::SettingsReset, saved.clone()]).is_empty(), "whoever chooses anew needs no mail");
    let no_longer = [unfit(), unfit(), saved];
    assert_eq!(mails(true, &no_longer), ["stopped: settings_unfit", "over: settings_unfit"]);
    assert!(events(&no_longer).is_empty(), "nothing waits for it");
}

#[test]
fn troubles_of_two_kinds_have_a_story_each() {
    let changes = [unfit(), stopped(S::Credentials), C::Recovered, C::SettingsSaved(Settings::default())];
    assert_eq!(
        mails(true, &changes),
        ["stopped: settings_unfit", "stopped: credentials", "over: credentials", "over: settings_unfit"]
    );
}

#[test]
fn revoking_is_told_and_ends_nothing_well() {
    let changes = [stopped(S::Unavailable), C::Revoked];
    assert_eq!(mails(false, &changes), ["revoked"]);
    assert_eq!(mails(true, &changes), ["stopped: unavailable", "revoked"]);
    assert_eq!(events(&changes), ["stopped: unavailable", "revoked"]);
}

#[test]
fn nobody_hears_of_a_set_up_that_is_not_confirmed() {
    let mut connection = live();
    connection.confirmed_at = None;
    for change in [stopped(S::Credentials), C::Recovered, C::SettingsReset, C::Revoked] {
        let before = connection.clone();
        connection.apply(change.clone(), at(1)).unwrap();
        assert_eq!(of_change(&before, &connection, at(1), &policy()), [], "{change:?}");
    }
}

#[test]
fn without_a_webhook_nothing_is_kept_for_it() {
    let quiet = NoticePolicy::default();
    let (before, mut after) = (live(), live());
    after.apply(stopped(S::Credentials), at(1)).unwrap();
    let effects = of_change(&before, &after, at(1), &quiet);
    assert!(
        effects.iter().all(|it| !matches!(it, Effect::Tell(notice) if notice.channel == Channel::Webhook))
    );
    assert_eq!(of_delivery(&ended(), at(2), &quiet), None);
}

fn ended() -> Delivery {
    let event: Event = serde_json::from_value(serde_json::json!({
        "id": EventId::derive("test", "1"), "source": "test", "source_id": "1", "type": "backup.email.failed",
        "time": at(0), "organization": "bakery",
    }))
    .unwrap();
    let mut delivery =
        Delivery::new(&event, "con_a".parse().unwrap(), "msp".parse().unwrap(), None, at(0), at(0));
    assert_eq!(of_delivery(&delivery, at(1), &policy()), None, "it waits");
    delivery
        .apply(Change::Ended { reason: Reason::PsaRefused, detail: Some("s3cret".into()) }, at(1))
        .unwrap();
    delivery
}

#[test]
fn a_delivery_that_ends_again_after_a_retry_is_told_again() {
    let mut delivery = ended();
    let first = of_delivery(&delivery, at(1), &policy()).unwrap();
    assert!(matches!(first.news, News::DeliveryEnded { reason: Reason::PsaRefused, .. }));
    assert_eq!(
        of_delivery(&delivery, at(9), &policy()).unwrap().id,
        first.id,
        "the same end has the same id"
    );
    delivery.apply(Change::Retried { by: "ann".into() }, at(2)).unwrap();
    assert_eq!(of_delivery(&delivery, at(2), &policy()), None);
    delivery.apply(Change::Ended { reason: Reason::ClientMissing, detail: None }, at(3)).unwrap();
    assert_ne!(of_delivery(&delivery, at(3), &policy()).unwrap().id, first.id);
}
