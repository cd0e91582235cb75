//! Extractors that name who may call a handler. A handler that takes none of them is public.

use crate::{Claims, Problem, Scope};
use axum::extract::FromRequestParts;
use http::{HeaderValue, StatusCode, header, request::Parts};
use psa_bridge_core::{ids::PartnerId, ports::Actor};

/// The claims that [`protect`](crate::protect) left with the request.
fn claims(parts: &Parts) -> Result<&Claims, Problem> {
    parts.extensions.get().ok_or_else(|| {
        // A router without protection: refuse, rather than let everybody in.
        tracing::error!(path = parts.uri.path(), "Route has no authentication");
        Problem::internal()
    })
}

fn insufficient(scope: Scope, detail: String) -> Problem {
    let challenge = format!("Bearer error=\"insufficient_scope\", scope=\"{}\"", scope.as_str());
    let problem = Problem::new(StatusCode::FORBIDDEN, "insufficient_scope", "The token does not allow this")
        .with_detail(detail)
        .with_fix("Use a token that has the scope.");
    match HeaderValue::try_from(challenge) {
        Ok(challenge) => problem.with_header(header::WWW_AUTHENTICATE, challenge),
        Err(_) => problem,
    }
}

fn partner(parts: &Parts, scope: Scope) -> Result<(PartnerId, Actor), Problem> {
    let claims = claims(parts)?;
    match claims.partner() {
        Some(partner) if claims.allows(scope) => Ok((partner.clone(), claims.actor())),
        _ => {
            let detail = format!("A partner's token with the scope {} is needed.", scope.as_str());
            Err(insufficient(scope, detail))
        }
    }
}

fn machine(parts: &Parts, scope: Scope) -> Result<Actor, Problem> {
    let claims = claims(parts)?;
    if claims.allows(scope) {
        return Ok(claims.actor());
    }
    let detail = format!("A token without a partner, with the scope {}, is needed.", scope.as_str());
    Err(insufficient(scope, detail))
}

macro_rules! partner_caller {
    ($(#[$doc:meta])* $name:ident, $scope:expr) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub struct $name {
            /// Which partner.
            pub partner: PartnerId,
            /// Who of the partner.
            pub actor: Actor,
        }

        impl<S: Sync> FromRequestParts<S> for $name {
            type Rejection = Problem;
            async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
                let (partner, actor) = partner(parts, $scope)?;
                Ok(Self { partner, actor })
            }
        }
    };
}

macro_rules! machine_caller {
    ($(#[$doc:meta])* $name:ident, $scope:expr) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub struct $name {
            /// Which machine.
            pub actor: Actor,
        }

        impl<S: Sync> FromRequestParts<S> for $name {
            type Rejection = Problem;
            async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
                machine(parts, $scope).map(|actor| Self { actor })
            }
        }
    };
}

partner_caller!(
    /// A partner that may read.
    PartnerReader,
    Scope::Read
);
partner_caller!(
    /// A partner that may change.
    PartnerManager,
    Scope::Manage
);
machine_caller!(
    /// A pipeline that may send events.
    EventWriter,
    Scope::WriteEvents
);
machine_caller!(
    /// The vendor's system that keeps the registry of organisations.
    OrganizationWriter,
    Scope::WriteOrganizations
);
machine_caller!(
    /// The operator.
    OperatorCaller,
    Scope::Operate
);
