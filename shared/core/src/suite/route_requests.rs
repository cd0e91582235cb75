//! Route requests: asked for, claimed by one, resumed by another, never lost.

use super::fixture::{
    LEASE, Must, World, actor, at, connection_id, event, organization, partner, registered,
};
use crate::{
    connection::ConnectionChange,
    ids::ConnectionId,
    ports::{
        BackfillAsked, BackfillProgress, BackfillState, RouteReach, RouteRequest, RouteScope, RouteTurn,
    },
};

fn acme() -> RouteScope {
    RouteScope::Organization(organization("acme"))
}

async fn ask(w: &World, chain: &[&str], second: i64) {
    let changed = registered("acme", chain, at(second));
    w.put_organization(&changed, &actor("vendor")).await.must("change the chain");
}

async fn claim(w: &World, second: i64) -> Option<RouteRequest> {
    w.claim_route_request(&acme(), at(second + LEASE), at(second)).await.must("claim the request")
}

async fn advance(w: &World, request: &RouteRequest, second: i64) -> RouteTurn {
    w.advance_route_request(request, at(second + LEASE), at(second)).await.must("note the progress")
}

async fn finish(w: &World, request: &RouteRequest, second: i64) -> RouteTurn {
    w.finish_route_request(request, at(second)).await.must("finish the request")
}

async fn open(w: &World) -> Vec<RouteRequest> {
    w.route_requests(10).await.must("list the route requests")
}

fn further(request: &RouteRequest, cursor: &str) -> RouteRequest {
    let cursor = Some(cursor.to_owned());
    RouteRequest { cursor, looked_at: request.looked_at + 3, routed: request.routed + 2, ..request.clone() }
}

pub(super) async fn they_come_oldest_first_and_one_a_scope(w: World) {
    for (name, chain, time) in [("b", "msp", 1), ("a", "msp", 2), ("c", "msp", 3), ("b", "rival", 4)] {
        let organization = registered(name, &[chain], at(time));
        w.put_organization(&organization, &actor("vendor")).await.must("register");
    }
    let requests = open(&w).await;
    let found: Vec<_> =
        requests.iter().map(|request| (request.scope.clone(), request.requested_at)).collect();
    let expected = [("a", 2), ("c", 3), ("b", 4)];
    let expected = expected.map(|(name, time)| (RouteScope::Organization(organization(name)), at(time)));
    assert_eq!(found, expected, "a newer wish takes the place of the older one");
    assert_eq!(w.route_requests(2).await.must("list two"), requests[..2], "up to the limit");
}

pub(super) async fn a_claim_is_taken_by_one_alone(w: World) {
    ask(&w, &["msp"], 0).await;
    let [listed] = open(&w).await.try_into().must("one request");
    assert!(listed.is_free(at(1)));
    let claimed = claim(&w, 1).await.must("a free request");
    assert_eq!((claimed.started_at, claimed.claimed_until), (Some(at(1)), Some(at(1 + LEASE))));
    assert_eq!(open(&w).await, std::slice::from_ref(&claimed), "others see that it is worked");
    assert_eq!(claim(&w, 2).await, None);
    assert_eq!(claim(&w, LEASE).await, None, "not before it runs out");
    let other = RouteScope::Organization(organization("other"));
    assert_eq!(w.claim_route_request(&other, at(9), at(1)).await.must("claim"), None, "nobody asked");
    assert_eq!(advance(&w, &further(&claimed, "1"), LEASE).await, RouteTurn::Made);
    assert_eq!(claim(&w, LEASE + 2).await, None, "each step lasts the claim");
    let back = w.advance_route_request(&further(&claimed, "1"), at(70), at(70)).await;
    assert_eq!(back.must("hand the claim back"), RouteTurn::Made);
    assert!(claim(&w, 70).await.is_some(), "handed back, it is free at once");
}

pub(super) async fn who_claims_after_a_crash_goes_on_where_it_was_left(w: World) {
    ask(&w, &["msp"], 0).await;
    let claimed = claim(&w, 1).await.must("a free request");
    let half_way = further(&claimed, "half way");
    assert_eq!(advance(&w, &half_way, 2).await, RouteTurn::Made);
    let resumed = claim(&w, 2 + LEASE).await.must("its worker died");
    let figures = |request: &RouteRequest| {
        (request.cursor.clone(), request.looked_at, request.routed, request.started_at)
    };
    assert_eq!(figures(&resumed), figures(&half_way));
    assert!(resumed.fence > half_way.fence);
}

pub(super) async fn an_older_claim_has_lost_the_request(w: World) {
    ask(&w, &["msp"], 0).await;
    let older = claim(&w, 1).await.must("a free request");
    let newer = claim(&w, 1 + LEASE).await.must("the claim ran out");
    assert_eq!(advance(&w, &further(&older, "older"), 62).await, RouteTurn::Lost);
    assert_eq!(finish(&w, &older, 62).await, RouteTurn::Lost);
    assert_eq!(open(&w).await, std::slice::from_ref(&newer), "nothing of it was noted");
    assert_eq!(finish(&w, &newer, 63).await, RouteTurn::Made);
    assert_eq!(advance(&w, &further(&newer, "more"), 64).await, RouteTurn::Lost, "it is finished");
    ask(&w, &["rival"], 65).await;
    let again = claim(&w, 66).await.must("a new wish");
    for stale in [&older, &newer] {
        assert_eq!(finish(&w, stale, 67).await, RouteTurn::Lost, "fences go on counting");
    }
    assert_eq!(open(&w).await, [again]);
}

pub(super) async fn a_newer_wish_is_worked_under_the_same_claim(w: World) {
    ask(&w, &["msp"], 0).await;
    let older = claim(&w, 1).await.must("a free request");
    advance(&w, &further(&older, "half way"), 2).await;
    ask(&w, &["msp", "sub"], 3).await;
    assert_eq!(claim(&w, 4).await, None, "no second worker begins beside the first");
    for finished in [false, true] {
        let request = open(&w).await.remove(0);
        let turn = if finished { finish(&w, &older, 5).await } else { advance(&w, &older, 5).await };
        let RouteTurn::AskedAgain(newer) = turn else { panic!("the newer wish is told, not {turn:?}") };
        assert_eq!((newer.requested_at, newer.cursor.clone()), (at(3), None), "it begins anew");
        assert_eq!((newer.looked_at, newer.routed), (0, 0));
        assert_eq!((newer.fence, newer.started_at), (older.fence, Some(at(5))));
        assert_eq!(newer.requested_at, request.requested_at, "and is not struck off with the older one");
    }
    let newer = open(&w).await.remove(0);
    assert_eq!(advance(&w, &further(&newer, "1"), 6).await, RouteTurn::Made);
    assert_eq!(finish(&w, &further(&newer, "2"), 7).await, RouteTurn::Made);
    assert_eq!(open(&w).await, []);
}

pub(super) async fn a_wish_for_all_events_stays_until_they_were_looked_at(w: World) {
    ask(&w, &["msp"], 0).await;
    let halo = w.live("msp", "halo").await;
    let reach = async || {
        let request = open(&w).await.into_iter().find(|request| request.scope == acme());
        request.map(|request| request.reach)
    };
    w.map("msp", &halo, "acme").await;
    w.map("msp", &halo, "acme").await;
    assert_eq!(reach().await, Some(RouteReach::All), "the second mapping asks for less");
    w.settle_requests().await;
    w.map("msp", &halo, "acme").await;
    assert_eq!(reach().await, Some(RouteReach::Missing), "once finished, a new wish is for what it says");
    ask(&w, &["msp", "sub"], 9).await;
    assert_eq!(reach().await, Some(RouteReach::All));
}

pub(super) async fn a_finished_request_is_claimed_by_nobody_until_asked_again(w: World) {
    ask(&w, &["msp"], 0).await;
    let claimed = claim(&w, 1).await.must("a free request");
    assert_eq!(finish(&w, &claimed, 2).await, RouteTurn::Made);
    assert_eq!(claim(&w, 3).await, None);
    assert_eq!(finish(&w, &claimed, 4).await, RouteTurn::Lost, "finishing twice changes nothing");
    ask(&w, &["rival"], 5).await;
    let again = claim(&w, 6).await.must("a new wish");
    assert_eq!((again.looked_at, again.cursor, again.started_at), (0, None, Some(at(6))));
}

async fn ask_backfill(w: &World, by: &str, connection: &ConnectionId, second: i64) -> BackfillAsked {
    w.ask_backfill(&partner(by), connection, &actor("ann"), at(second)).await.must("ask for a backfill")
}

pub(super) async fn a_partner_asks_for_a_backfill_once(w: World) {
    let halo = w.simple().await;
    w.settle_requests().await;
    let lines = w.audit_of("msp").await.len();
    assert_eq!(ask_backfill(&w, "rival", &halo, 1).await, BackfillAsked::NoConnection);
    assert_eq!(ask_backfill(&w, "msp", &connection_id("none"), 1).await, BackfillAsked::NoConnection);
    assert_eq!(open(&w).await, []);
    assert_eq!(ask_backfill(&w, "msp", &halo, 2).await, BackfillAsked::Asked);
    assert_eq!(ask_backfill(&w, "msp", &halo, 3).await, BackfillAsked::Already);
    let [request] = open(&w).await.try_into().must("one request");
    assert_eq!((&request.scope, request.requested_at), (&RouteScope::Connection(halo.clone()), at(2)));
    let audit = w.audit_of("msp").await;
    assert_eq!(audit.len(), lines + 1, "one line, for the one that counted");
    assert_eq!((audit[0].at, audit[0].connection.as_ref()), (at(2), Some(&halo)));
    w.settle_requests().await;
    assert_eq!(ask_backfill(&w, "msp", &halo, 4).await, BackfillAsked::Asked, "and another time again");
    w.change("msp", &halo, ConnectionChange::Revoked, at(5)).await;
    assert_eq!(ask_backfill(&w, "msp", &halo, 6).await, BackfillAsked::NoConnection);
}

pub(super) async fn progress_can_be_read(w: World) {
    w.register("acme", &["msp"]).await;
    let halo = w.connect("msp", "halo").await;
    let read = async |second| w.backfill_progress(&halo, at(second)).await.must("read the progress");
    let idle = read(0).await;
    assert_eq!((idle.state, idle.requested_at, idle.remaining), (BackfillState::Idle, None, 0));

    w.map("msp", &halo, "acme").await;
    let mapped = read(0).await;
    assert_eq!((mapped.state, mapped.organizations), (BackfillState::Waiting, 1), "its events come next");
    claim(&w, 0).await.must("a free request");
    assert_eq!(read(1).await.state, BackfillState::Running);
    assert_eq!(read(1 + LEASE).await.state, BackfillState::Waiting, "its worker died");
    w.settle_requests().await;

    for n in 0..3 {
        w.take_in(&event("acme", &format!("{n}"), at(-5)), at(0)).await;
    }
    let before = read(1).await;
    assert_eq!((before.state, before.remaining), (BackfillState::Idle, 3), "they wait for confirming");
    w.change("msp", &halo, ConnectionChange::Confirmed, at(2)).await;
    let asked = BackfillProgress { state: BackfillState::Waiting, requested_at: Some(at(2)), ..before };
    assert_eq!(read(3).await, asked);

    let scope = RouteScope::Connection(halo.clone());
    let request = w.claim_route_request(&scope, at(60), at(4)).await.must("claim").must("a free request");
    let request = further(&request, "1");
    let noted = w.advance_route_request(&request, at(60), at(5)).await.must("note the progress");
    assert_eq!(noted, RouteTurn::Made);
    let figures = BackfillProgress { started_at: Some(at(4)), looked_at: 3, routed: 2, ..asked };
    assert_eq!(read(6).await, BackfillProgress { state: BackfillState::Running, ..figures.clone() });
    w.finish_route_request(&request, at(7)).await.must("finish");
    let done = BackfillProgress { state: BackfillState::Idle, finished_at: Some(at(7)), ..figures };
    assert_eq!(read(8).await, done, "what came of it can still be read");
}

pub(super) async fn finished_requests_go_at_retention(w: World) {
    let halo = w.simple().await;
    w.settle_requests().await;
    ask_backfill(&w, "msp", &halo, 10).await;
    let open_one = open(&w).await;
    w.expire(at(100), 100, at(100)).await.must("expire");
    assert_eq!(open(&w).await, open_one, "what is not finished stays, however old");
    finish(&w, &open_one[0], 200).await;
    let read = async || w.backfill_progress(&halo, at(300)).await.must("read the progress").finished_at;
    w.expire(at(200), 100, at(300)).await.must("expire");
    assert_eq!(read().await, Some(at(200)));
    w.expire(at(201), 100, at(300)).await.must("expire");
    assert_eq!(read().await, None);
}
