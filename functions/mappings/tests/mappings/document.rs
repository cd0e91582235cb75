//! What the API document says about this function.

use crate::bridge::mappings;
use psa_bridge_mappings::router;
use psa_bridge_rig::{BookPsa, World, assert_described};

#[test]
fn every_route_is_described_and_every_reference_leads_somewhere() {
    assert_described(router(mappings(&World::new(), &BookPsa::default())), 13);
}
