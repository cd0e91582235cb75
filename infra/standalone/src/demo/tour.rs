//! What there is to see, with everything needed to look at it: addresses, tokens, and lines to copy.

use psa_bridge_workload::{
    Access, Connections, DISTRIBUTOR, DISTRIBUTOR_HALOPSA, SUB_RESELLER, SUB_RESELLER_HALOPSA, Simulators,
    World,
};
use secrecy::ExposeSecret;

/// Prints addresses, tokens and examples.
pub fn print(access: &Access, world: &World, simulators: &Simulators, connections: &Connections) {
    let url = &access.url;
    println!("PSA Bridge        {url}   its API: {url}/openapi.json");
    for (desk, sim) in simulators.all() {
        println!("{:<17} {}/   of {}", sim.psa(), sim.control_url(), world.partner_at(desk).id);
    }
    println!("\nTokens, for a day:\n  MACHINE={}", access.machine.expose_secret());
    for (index, partner) in world.partners.iter().enumerate() {
        if let Some(token) = access.partners.get(&partner.id) {
            println!("  PARTNER_{index}={}   # {}", token.expose_secret(), partner.id);
        }
    }
    println!("\nWhat a partner sees of the events:");
    println!("  curl -s -H \"Authorization: Bearer $PARTNER_0\" '{url}/v1/events?limit=5'");
    println!("The partner's connections, one to each of its PSAs, with their badges and counters:");
    println!("  curl -s -H \"Authorization: Bearer $PARTNER_0\" {url}/v1/connections");
    if let Some(connected) = connections.get(&SUB_RESELLER_HALOPSA) {
        let connection = &connected.id;
        println!("One set-up is left to be confirmed; what happened before becomes tickets then:");
        println!(
            "  curl -s -X POST -H \"Authorization: Bearer $PARTNER_{SUB_RESELLER}\" \
             {url}/v1/connections/{connection}/confirm"
        );
    }
    println!(
        "An event of your own, which becomes a ticket in both PSAs of {}:",
        world.partners[DISTRIBUTOR].id
    );
    println!(
        "  curl -s -H \"Authorization: Bearer $MACHINE\" -H 'Content-Type: application/cloudevents+json' \
         {url}/v1/events -d '{{\"specversion\": \"1.0\", \"id\": \"mine-1\", \"source\": \"/me\", \
         \"type\": \"backup.email.failed\", \"time\": \"'$(date -u +%FT%TZ)'\", \
         \"data\": {{\"organization_id\": \"org-03\", \"account\": \"me@example.com\"}}}}'"
    );
    if let Some(connected) = connections.get(&DISTRIBUTOR_HALOPSA) {
        println!(
            "Seat counts, the vendor's beside those that the PSA bills from, and what was changed there:"
        );
        for what in ["list", "history"] {
            let connection = &connected.id;
            println!("  psa-bridge seats {what} {connection} --url {url} --token \"$PARTNER_{DISTRIBUTOR}\"");
        }
    }
    println!("\nEvents go on coming. Ctrl-C ends it.\n");
}
