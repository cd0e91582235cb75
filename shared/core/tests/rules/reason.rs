//! Reasons and their codes.

use psa_bridge_core::{connection::ConnectionConflict, reason::Reason};
use std::collections::BTreeSet;

#[test]
fn every_reason_has_a_code_of_its_own_that_is_its_json() {
    let codes: BTreeSet<_> = Reason::ALL.iter().map(|reason| reason.code()).collect();
    assert_eq!(codes.len(), Reason::ALL.len());
    for reason in Reason::ALL {
        assert_eq!(serde_json::to_value(reason).unwrap(), reason.code());
        assert_eq!(serde_json::from_value::<Reason>(reason.code().into()).unwrap(), *reason);
        assert_eq!(Reason::from_code(reason.code()), Some(*reason));
    }
    assert_eq!(Reason::from_code("no_such_reason"), None);
}

#[test]
fn only_what_a_person_can_mend_is_retried_by_hand() {
    let retryable: Vec<_> = Reason::ALL.iter().copied().filter(|reason| reason.is_retryable()).collect();
    assert_eq!(
        retryable,
        [Reason::PsaRefused, Reason::PsaFailed, Reason::ClientMissing, Reason::NoteRefused]
    );
}

#[test]
fn conflicts_have_codes_of_their_own() {
    use ConnectionConflict as C;
    let all = [
        C::Revoked,
        C::SettingsMissing,
        C::ContactMissing,
        C::NotProven,
        C::Suspended,
        C::NotConfirmed,
        C::CredentialsChanged,
    ];
    assert_eq!(all.iter().map(|conflict| conflict.code()).collect::<BTreeSet<_>>().len(), all.len());
}
