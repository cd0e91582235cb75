//! Which client an organisation is, per connection.

use super::fixture::{
    Must, World, actor, at, client_of, connection_id, mapping_onto, organization, partner, registered,
};
use crate::{
    connection::ConnectionChange,
    mapping::{Mapping, MappingHealth},
    ports::{MappingChange, PutMapping},
};
use psa_connector::{ClientId, LicenseId};

pub(super) async fn a_mapping_is_kept_as_it_was_put(w: World) {
    w.register("acme", &["msp"]).await;
    let halo = w.connect("msp", "halo").await;
    let put = PutMapping { license: Some(LicenseId::new("L-7")), ..mapping_onto("acme", true) };
    let saved = w.put_mapping(&partner("msp"), &halo, &put, &actor("ann"), at(1)).await.must("map it");
    let expected = Mapping {
        connection: halo.clone(),
        partner: partner("msp"),
        organization: organization("acme"),
        client: put.client.clone(),
        client_name: put.client_name.clone(),
        license: put.license.clone(),
        flow: true,
        health: MappingHealth::Ok,
        updated_at: at(1),
    };
    assert_eq!(saved, MappingChange::Saved(expected.clone()));
    assert_eq!(w.mapping(&halo, &organization("acme")).await.must("read it"), Some(expected.clone()));
    assert_eq!(w.mappings(&halo, None, None, 10).await.must("list").items, std::slice::from_ref(&expected));
    let line = w.audit_of("msp").await.swap_remove(0);
    assert_eq!((line.actor, line.at, line.connection), (actor("ann"), at(1), Some(halo.clone())));

    w.set_mapping_health(&halo, &organization("acme"), &put.client, MappingHealth::Missing)
        .await
        .must("set health");
    let changed = PutMapping { client: ClientId::new("99"), license: None, flow: false, ..put };
    let saved = w.put_mapping(&partner("msp"), &halo, &changed, &actor("bob"), at(2)).await.must("change it");
    let expected =
        Mapping { client: ClientId::new("99"), license: None, flow: false, updated_at: at(2), ..expected };
    assert_eq!(
        saved,
        MappingChange::Saved(expected.clone()),
        "one mapping an organisation, healthy as just read"
    );
    assert_eq!(w.mappings(&halo, None, None, 10).await.must("list").items, [expected]);
    assert_eq!(w.audit_of("msp").await[0].actor, actor("bob"));
}

pub(super) async fn only_ones_own_live_connections_and_organisations_are_mapped(w: World) {
    w.register("acme", &["msp"]).await;
    w.register("theirs", &["rival"]).await;
    let halo = w.live("msp", "halo").await;
    let revoked = w.live("msp", "revoked").await;
    w.change("msp", &revoked, ConnectionChange::Revoked, at(0)).await;
    let lines = w.audit_of("msp").await.len();
    let cases = [
        ("msp", connection_id("nowhere"), "acme", MappingChange::NoConnection),
        ("rival", halo.clone(), "theirs", MappingChange::NoConnection),
        ("msp", revoked.clone(), "acme", MappingChange::NoConnection),
        ("msp", halo.clone(), "theirs", MappingChange::NoOrganization),
        ("msp", halo.clone(), "nobody", MappingChange::NoOrganization),
    ];
    w.settle_requests().await;
    for (by, connection, id, expected) in cases {
        let put = mapping_onto(id, true);
        let answer =
            w.put_mapping(&partner(by), &connection, &put, &actor("ann"), at(1)).await.must("try to map");
        assert_eq!(answer, expected, "{by} maps {id} in {connection}");
        assert_eq!(w.mapping(&connection, &organization(id)).await.must("read it"), None);
    }
    assert_eq!(w.asked_scopes().await, [], "what is refused asks for no routing");
    assert_eq!(w.audit_of("msp").await.len(), lines, "nor is there a line about it");
}

pub(super) async fn a_mapping_is_deleted_once(w: World) {
    let halo = w.simple().await;
    let acme = organization("acme");
    let by_other = w.delete_mapping(&partner("rival"), &halo, &acme, &actor("eve"), at(1)).await;
    assert!(!by_other.must("try to delete"), "another partner finds none");
    assert!(w.mapping(&halo, &acme).await.must("read it").is_some());
    let lines = w.audit_of("msp").await.len();
    assert!(w.delete_mapping(&partner("msp"), &halo, &acme, &actor("bob"), at(2)).await.must("delete it"));
    assert_eq!(w.mapping(&halo, &acme).await.must("read it"), None);
    let audit = w.audit_of("msp").await;
    assert_eq!((audit.len(), &audit[0].actor, audit[0].at), (lines + 1, &actor("bob"), at(2)));
    assert!(
        !w.delete_mapping(&partner("msp"), &halo, &acme, &actor("bob"), at(3)).await.must("delete it again")
    );
    assert_eq!(w.audit_of("msp").await.len(), lines + 1, "nothing was deleted, so no line");
}

pub(super) async fn mappings_are_listed_in_order_of_organisation_and_by_health(w: World) {
    let halo = w.live("msp", "halo").await;
    let other = w.live("msp", "other").await;
    for id in ["d", "b", "e", "a", "c"] {
        w.register(id, &["msp"]).await;
        w.map("msp", &halo, id).await;
    }
    w.map("msp", &other, "a").await;
    for (id, health) in
        [("b", MappingHealth::Missing), ("e", MappingHealth::Missing), ("c", MappingHealth::Renamed)]
    {
        w.set_mapping_health(&halo, &organization(id), &client_of(id), health).await.must("set the health");
    }
    let cases = [
        (None, vec!["a", "b", "c", "d", "e"]),
        (Some(MappingHealth::Ok), vec!["a", "d"]),
        (Some(MappingHealth::Missing), vec!["b", "e"]),
        (Some(MappingHealth::Renamed), vec!["c"]),
        (Some(MappingHealth::Inactive), vec![]),
    ];
    for (health, expected) in cases {
        let (mut found, mut after) = (Vec::new(), None);
        loop {
            let page = w.mappings(&halo, health, after.as_deref(), 2).await.must("list a page");
            assert!(page.items.len() <= 2, "at most as many as the limit");
            found.extend(page.items.into_iter().map(|mapping| mapping.organization.to_string()));
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(found, expected, "of health {health:?}");
    }
}

pub(super) async fn health_is_of_the_client_that_was_looked_at(w: World) {
    let halo = w.simple().await;
    let acme = organization("acme");
    let other = ClientId::new("another client");
    w.set_mapping_health(&halo, &acme, &other, MappingHealth::Missing).await.must("set the health");
    let mapping = w.mapping(&halo, &acme).await.must("read it").must("the mapping");
    assert_eq!(mapping.health, MappingHealth::Ok, "the mapping is now onto another client");
    w.set_mapping_health(&halo, &acme, &client_of("acme"), MappingHealth::Inactive)
        .await
        .must("set the health");
    let mapping = w.mapping(&halo, &acme).await.must("read it").must("the mapping");
    assert_eq!(mapping.health, MappingHealth::Inactive);
    let nobody = organization("nobody");
    w.set_mapping_health(&halo, &nobody, &other, MappingHealth::Ok).await.must("no mapping is no error");
    assert_eq!(w.mapping(&halo, &nobody).await.must("read it"), None);
}

pub(super) async fn the_same_organisation_is_mapped_in_two_connections(w: World) {
    let halo = w.simple().await;
    let second = w.live("msp", "second").await;
    let elsewhere = PutMapping { client: ClientId::new("elsewhere"), ..mapping_onto("acme", false) };
    w.map_with("msp", &second, &elsewhere, at(1)).await;
    let acme = organization("acme");
    let first = w.mapping(&halo, &acme).await.must("read it").must("the mapping");
    assert_eq!((first.client, first.flow), (client_of("acme"), true), "the first mapping stays");
    let longer = registered("acme", &["distributor", "msp"], at(2));
    w.put_organization(&longer, &actor("vendor")).await.must("change the chain");
    assert!(w.mapping(&halo, &acme).await.must("read it").is_some(), "a partner more takes no mapping away");
}

pub(super) async fn one_health_is_found_among_many(w: World) {
    let halo = w.live("msp", "halo").await;
    let missing = [7, 40, 41];
    for number in 0..60 {
        let id = format!("o{number:02}");
        w.register(&id, &["msp"]).await;
        w.map("msp", &halo, &id).await;
        if missing.contains(&number) {
            let health = MappingHealth::Missing;
            w.set_mapping_health(&halo, &organization(&id), &client_of(&id), health).await.must("set it");
        }
    }
    let (mut found, mut after) = (Vec::new(), None);
    loop {
        let page = w.mappings(&halo, Some(MappingHealth::Missing), after.as_deref(), 1).await.must("list");
        found.extend(page.items.into_iter().map(|mapping| mapping.organization));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(found, missing.map(|number| organization(&format!("o{number:02}"))));
}
