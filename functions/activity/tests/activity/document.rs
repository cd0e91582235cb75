//! What the API document says about this function.

use crate::bridge::activity;
use psa_bridge_activity::router;
use psa_bridge_rig::{BookPsa, World, assert_described};

#[test]
fn every_route_is_described_and_every_reference_leads_somewhere() {
    assert_described(router(activity(&World::new(), &BookPsa::closed())), 12);
}
