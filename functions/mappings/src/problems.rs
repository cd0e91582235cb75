//! What a failure of the use cases is to the caller.

use http::StatusCode;
use psa_bridge_core::usecases::mappings::MappingsError;
use psa_bridge_http::Problem;

pub(crate) fn problem(error: MappingsError) -> Problem {
    use MappingsError as E;
    match error {
        E::NoConnection => Problem::not_found("connection"),
        E::NoOrganization => Problem::not_found("organisation"),
        E::NoMapping => Problem::not_found("mapping"),
        E::Conflict(conflict) => conflict.into(),
        E::ClientMissing(id) => refused("client_missing", "The PSA has no such client, or does not show it")
            .with_field("client")
            .with_detail(format!("No client has the id {id}."))
            .with_fix("Choose a client from the list, or let the API user see this one."),
        E::ClientInactive(id) => refused("client_inactive", "The client is inactive in the PSA")
            .with_field("client")
            .with_detail(format!("No tickets can be logged for the client {id}."))
            .with_fix("Choose an active client, or activate this one in the PSA."),
        E::LicenseMissing(id) => refused("license_missing", "The client has no such licence")
            .with_field("license")
            .with_detail(format!("None of the client's licences has the id {id}."))
            .with_fix("Choose a licence from the client's list, or leave it out."),
        E::NoLicenses => refused("licenses_not_supported", "This PSA has no licences")
            .with_field("license")
            .with_fix("Leave the licence out."),
        E::NoNewLicenses => {
            refused("licenses_not_made_here", "Licences cannot be made in this PSA from outside").with_fix(
                "Make the contract and its service in the PSA, and choose it from the client's list.",
            )
        }
        E::NamedTwice => refused("named_twice", "The organisation is in the request twice")
            .with_field("organization")
            .with_fix("Name each organisation once."),
        E::NotReached => Problem::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "not_reached",
            "Time ran out before the PSA was asked about this one",
        )
        .with_fix("Nothing was changed. Send it again."),
        E::Invalid { field, message } => Problem::invalid_field(field, message),
        E::Psa(error) => error.into(),
        E::Open(error) => error.into(),
        E::Store(error) => error.into(),
    }
}

fn refused(code: &'static str, title: &'static str) -> Problem {
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, code, title)
}
