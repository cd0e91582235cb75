//! Credentials, vendors and rights: what a check says of them, and what the connector does without them.

use super::support::{
    connector, connector_with, credentials, edit_user, new_ticket, options, sim, transport,
};
use psa_connector::{
    AutotaskOptions, CheckCode, CheckReport, CheckStatus, ClientId, ConnectorOptions, PsaErrorKind, PsaKind,
    open,
};
use psa_sim::autotask::{AccessShape, Denial, Entity, EntityRights, Right, WrongIntegrationCode};

fn status(report: &CheckReport, code: CheckCode) -> CheckStatus {
    report.lines.iter().find(|line| line.code == code).unwrap().status
}

fn each_failure_names_the_screen(report: &CheckReport) {
    for line in report.lines.iter().filter(|line| line.status == CheckStatus::Failed) {
        assert!(line.fix.as_deref().is_some_and(|fix| fix.contains('›')), "{line:?}");
    }
}

const ALL: EntityRights = EntityRights { query: Right::All, create: Right::All, update: Right::All };

#[tokio::test]
async fn a_right_that_is_missing_fails_its_own_line() {
    let no_query = EntityRights { query: Right::None, ..ALL };
    let no_create = EntityRights { create: Right::None, ..ALL };
    let no_update = EntityRights { update: Right::None, ..ALL };
    for (entity, rights, code, expected) in [
        (Entity::Tickets, no_query, CheckCode::TicketsRead, CheckStatus::Failed),
        (Entity::Tickets, no_create, CheckCode::TicketsAdd, CheckStatus::Failed),
        (Entity::Tickets, no_update, CheckCode::TicketsModify, CheckStatus::Failed),
        (Entity::TicketNotes, no_create, CheckCode::Notes, CheckStatus::Failed),
        (Entity::TicketNotes, no_query, CheckCode::Notes, CheckStatus::Failed),
        (Entity::Companies, no_query, CheckCode::ClientsRead, CheckStatus::Failed),
        (Entity::TicketCategories, no_query, CheckCode::TicketCategories, CheckStatus::NotGranted),
        (Entity::Contracts, no_query, CheckCode::Contracts, CheckStatus::NotGranted),
        (Entity::ContractServices, no_query, CheckCode::Contracts, CheckStatus::NotGranted),
        (Entity::ContractServiceUnits, no_query, CheckCode::Contracts, CheckStatus::NotGranted),
        (Entity::ContractServiceAdjustments, no_create, CheckCode::Contracts, CheckStatus::NotGranted),
    ] {
        for (access, denial) in
            [(AccessShape::Text, Denial::Error500), (AccessShape::Number, Denial::Forbidden403)]
        {
            let sim = sim().await;
            sim.configure(|switches| (switches.access_shape, switches.denial) = (access, denial));
            edit_user(&sim, |user| user.set_rights(entity, rights));
            let report = connector(&sim).check().await;
            assert_eq!(status(&report, code), expected, "{entity:?}: {report:#?}");
            assert_eq!(report.passed(), expected == CheckStatus::NotGranted);
            let failed = report.lines.iter().filter(|line| line.status == CheckStatus::Failed).count();
            assert_eq!(failed, usize::from(expected == CheckStatus::Failed), "{report:#?}");
            each_failure_names_the_screen(&report);
        }
    }
}

#[tokio::test]
async fn a_restricted_right_that_shows_nothing_is_a_missing_one() {
    let restricted = EntityRights { query: Right::Restricted, ..ALL };
    let sim = sim().await;
    edit_user(&sim, |user| user.set_rights(Entity::Companies, restricted));
    let report = connector(&sim).check().await;
    assert_eq!(status(&report, CheckCode::ClientsRead), CheckStatus::Failed, "{report:#?}");
    each_failure_names_the_screen(&report);
    edit_user(&sim, |user| user.restricted_to = vec![174]);
    let report = connector(&sim).check().await;
    assert_eq!(status(&report, CheckCode::ClientsRead), CheckStatus::Ok, "{report:#?}");
    edit_user(&sim, |user| user.set_rights(Entity::Tickets, restricted));
    let report = connector(&sim).check().await;
    assert_eq!(status(&report, CheckCode::TicketsRead), CheckStatus::ProvenByTestTicket, "{report:#?}");
}

#[tokio::test]
async fn each_wrong_credential_fails_the_line_that_it_belongs_to() {
    let sim = sim().await;
    for (field, value, code, refusals) in [
        ("user_name", "nobody@example.org", CheckCode::Credentials, 0),
        ("secret", "wrong", CheckCode::Credentials, 1),
        ("integration_code", "OTHERVENDOR", CheckCode::Integration, 0),
    ] {
        let before = sim.tenant().api_users[0].bad_log_ins;
        let connector = connector_with(&credentials().with(field, value), &options(&sim));
        let report = connector.check().await;
        assert_eq!(status(&report, CheckCode::Reachable), CheckStatus::Ok, "{report:#?}");
        assert_eq!(status(&report, code), CheckStatus::Failed, "{report:#?}");
        assert_eq!(status(&report, CheckCode::Contracts), CheckStatus::Skipped);
        each_failure_names_the_screen(&report);
        assert_eq!(sim.tenant().api_users[0].bad_log_ins, before + refusals, "{field}");
        connector_with(&credentials(), &options(&sim)).ping().await.unwrap();
    }
}

#[tokio::test]
async fn a_wrong_vendor_is_told_where_autotask_tells_it() {
    for (answer, kind) in [
        (WrongIntegrationCode::Error500, PsaErrorKind::WrongIntegration),
        (WrongIntegrationCode::Empty401, PsaErrorKind::InvalidCredentials),
    ] {
        let sim = sim().await;
        sim.configure(|switches| switches.wrong_integration_code = answer);
        let connector = connector_with(&credentials().with("integration_code", "OTHER"), &options(&sim));
        assert_eq!(*connector.ping().await.unwrap_err().kind(), kind);
        let error = connector.create_ticket(&new_ticket("PB-1")).await.unwrap_err();
        assert_eq!(*error.kind(), kind);
    }
}

#[tokio::test]
async fn without_a_tracking_identifier_nothing_is_opened() {
    let sim = sim().await;
    let autotask = AutotaskOptions { integration_code: None, ..options(&sim).autotask };
    let options = ConnectorOptions { autotask, ..ConnectorOptions::default() };
    let problems = open(PsaKind::Autotask, &credentials(), &transport(), &options).unwrap_err();
    assert_eq!(problems[0].field, "integration_code");
    let own = credentials().with("integration_code", psa_sim::AutotaskSim::INTEGRATION_CODE);
    connector_with(&own, &options).ping().await.unwrap();
}

#[tokio::test]
async fn a_missing_right_to_create_is_no_refusal_of_the_ticket() {
    for denial in [Denial::Error500, Denial::Forbidden403] {
        let sim = sim().await;
        sim.configure(|switches| switches.denial = denial);
        edit_user(&sim, |user| user.set_rights(Entity::Tickets, EntityRights { create: Right::None, ..ALL }));
        let error = connector(&sim).create_ticket(&new_ticket("PB-1")).await.unwrap_err();
        assert_eq!(*error.kind(), PsaErrorKind::MissingPermission);
    }
}

#[tokio::test]
async fn companies_are_shown_while_they_are_active_and_in_order_of_name() {
    let sim = sim().await;
    let connector = connector(&sim);
    let page = connector.search_clients("", None).await.unwrap();
    let names: Vec<_> = page.items.iter().map(|client| client.name.to_lowercase()).collect();
    assert!(names.is_sorted() && page.items.iter().any(|client| client.id.as_str() == "0"), "{names:?}");
    assert!(!names.contains(&"former customer ltd".to_owned()));
    let former = connector.client(&ClientId::new("178")).await.unwrap().unwrap();
    assert!(!former.active);
    assert!(connector.licenses(&former.id).await.unwrap().is_empty());
}
