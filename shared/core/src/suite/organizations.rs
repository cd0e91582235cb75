//! The registry of organisations.

use super::fixture::{Must, World, actor, at, event, organization, partner, registered};
use crate::{organization::Organization, ports::AuditFilter};

pub(super) async fn registering_returns_what_it_was(w: World) {
    let first = registered("acme", &["msp"], at(0));
    let second = Organization { name: None, ..registered("acme", &["distributor", "msp"], at(1)) };
    assert_eq!(w.put_organization(&first, &actor("vendor")).await.must("register"), None);
    assert_eq!(w.put_organization(&second, &actor("vendor")).await.must("change"), Some(first));
    assert_eq!(w.organization(&organization("acme")).await.must("read it"), Some(second));
    assert_eq!(w.organization(&organization("nobody")).await.must("read it"), None);
}

pub(super) async fn partners_of_the_chain_see_it_in_order_of_id(w: World) {
    for (id, chain) in [
        ("e", &["distributor", "msp"][..]),
        ("b", &["msp"][..]),
        ("a", &["distributor"][..]),
        ("d", &["distributor", "msp", "sub"][..]),
        ("c", &["rival"][..]),
    ] {
        w.register(id, chain).await;
    }
    let cases = [
        ("distributor", vec!["a", "d", "e"]),
        ("msp", vec!["b", "d", "e"]),
        ("sub", vec!["d"]),
        ("no", vec![]),
    ];
    for (by, expected) in cases {
        let (mut found, mut after) = (Vec::new(), None);
        loop {
            let page = w.organizations(&partner(by), after.as_deref(), 2).await.must("list a page");
            assert!(page.items.len() <= 2, "at most as many as the limit");
            found.extend(page.items.into_iter().map(|organization| organization.id.to_string()));
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(found, expected, "what {by} sees");
    }
}

pub(super) async fn who_leaves_the_chain_no_longer_sees_it(w: World) {
    w.register("acme", &["distributor", "msp"]).await;
    let shorter = registered("acme", &["distributor"], at(1));
    w.put_organization(&shorter, &actor("vendor")).await.must("change it");
    assert_eq!(w.organizations(&partner("msp"), None, 10).await.must("list").items, []);
    assert_eq!(w.organizations(&partner("distributor"), None, 10).await.must("list").items, [shorter]);
}

pub(super) async fn deleting_takes_its_mappings_along(w: World) {
    let halo = w.simple().await;
    w.register("other", &["msp"]).await;
    w.map("msp", &halo, "other").await;
    let event = event("acme", "1", at(-5));
    w.take_in(&event, at(0)).await;
    assert!(w.delete_organization(&organization("acme"), &actor("vendor"), at(1)).await.must("delete it"));
    assert_eq!(w.organization(&organization("acme")).await.must("read it"), None);
    assert_eq!(w.organizations(&partner("msp"), None, 10).await.must("list").items.len(), 1);
    assert_eq!(w.mapping(&halo, &organization("acme")).await.must("read the mapping"), None);
    let left = w.mappings(&halo, None, None, 10).await.must("list mappings").items;
    assert_eq!(left.len(), 1, "the mapping of another organisation stays");
    let again = w.delete_organization(&organization("acme"), &actor("vendor"), at(2)).await;
    assert!(!again.must("delete it again"), "there is none");

    let work = w.unfinished(&halo, None, 10).await.must("list unfinished deliveries");
    assert_eq!(work.len(), 1, "what waits goes on waiting");
    assert_eq!((work[0].mapping.clone(), work[0].organization_name.clone()), (None, None));
    w.register("acme", &["msp"]).await;
    assert_eq!(
        w.mapping(&halo, &organization("acme")).await.must("read"),
        None,
        "registering again maps nothing"
    );
}

pub(super) async fn deleting_tells_each_partner_which_mappings_went_with_it(w: World) {
    w.register("acme", &["distributor", "msp"]).await;
    let (big, halo) = (w.live("distributor", "big").await, w.live("msp", "halo").await);
    w.map("distributor", &big, "acme").await;
    w.map("msp", &halo, "acme").await;
    w.delete_organization(&organization("acme"), &actor("vendor"), at(1)).await.must("delete it");
    for (by, connection) in [("distributor", &big), ("msp", &halo)] {
        let lines = w.audit_of(by).await;
        let lost: Vec<_> =
            lines.iter().filter(|line| line.at == at(1) && line.connection.is_some()).collect();
        assert_eq!(lost.len(), 1, "{by}: {lines:?}");
        assert_eq!(
            (lost[0].connection.as_ref(), lost[0].subject.as_deref()),
            (Some(connection), Some("acme"))
        );
        assert!(lost[0].before.is_some() && lost[0].after.is_none(), "what it was: {lost:?}");
    }
}

pub(super) async fn deleting_takes_along_however_many_mappings_there_are(w: World) {
    const MANY: usize = 60;
    w.register("acme", &["msp"]).await;
    for number in 0..MANY {
        let connection = w.connect("msp", &format!("c{number}")).await;
        w.map("msp", &connection, "acme").await;
    }
    let acme = organization("acme");
    assert!(w.delete_organization(&acme, &actor("vendor"), at(1)).await.must("delete it"));
    assert_eq!(w.organization(&acme).await.must("read it"), None);
    let lines = w.audit_of("msp").await;
    let mut lost: Vec<_> =
        lines.iter().filter(|line| line.at == at(1)).filter_map(|line| line.connection.clone()).collect();
    lost.sort();
    lost.dedup();
    assert_eq!(lost.len(), MANY, "a line for each mapping");
    for connection in &lost {
        assert_eq!(w.mapping(connection, &acme).await.must("read the mapping"), None);
    }
    let operators = w.operator_audit(&AuditFilter::default(), None, 1000).await.must("list the operator's");
    let all = lines.len() + operators.items.len();
    assert_eq!(w.expire_audit(at(2), 1000).await.must("expire"), all, "all lines are old");
    assert!(w.audit_of("msp").await.is_empty());
}
