//! What a partner enters to connect Autotask, and the one thing that the deployment adds: the tracking identifier, by
//! which Autotask knows the vendor of an integration. Without either there is no request that Autotask would answer.

use crate::integrations::{AutotaskOptions, CredentialProblem, Credentials};
use secrecy::{ExposeSecret, SecretString};

pub(super) const USER_NAME: &str = "user_name";
pub(super) const SECRET: &str = "secret";
pub(super) const INTEGRATION_CODE: &str = "integration_code";

/// Who we are in an Autotask.
#[derive(Clone, Debug)]
pub(super) struct Account {
    pub(super) user_name: String,
    pub(super) secret: SecretString,
    pub(super) integration_code: SecretString,
}

impl Account {
    pub(super) fn parse(
        credentials: &Credentials,
        options: &AutotaskOptions,
    ) -> Result<Self, Vec<CredentialProblem>> {
        let mut problems: Vec<_> = credentials
            .fields()
            .filter(|field| ![USER_NAME, SECRET, INTEGRATION_CODE].contains(field))
            .map(|field| {
                CredentialProblem::new(field, "unknown_field", "Autotask needs no such value: leave it out.")
            })
            .collect();
        let user_name = required(credentials, USER_NAME, "the API user's user name (key)", &mut problems);
        let secret = required(credentials, SECRET, "the API user's secret", &mut problems);
        let own_code = entered(credentials, INTEGRATION_CODE);
        for (field, value) in [(USER_NAME, &user_name), (SECRET, &secret), (INTEGRATION_CODE, &own_code)] {
            if value.as_ref().is_some_and(|value| !value.chars().all(|c| c.is_ascii_graphic())) {
                let message = "There is a space, a line break or another character in it that Autotask never gives \
                               out: copy the value alone.";
                problems.push(CredentialProblem::new(field, "malformed", message));
            }
        }
        let code = own_code.map(SecretString::from).or_else(|| options.integration_code.clone());
        let code = code.filter(|code| !code.expose_secret().trim().is_empty());
        if code.is_none() {
            let message = "This bridge has no tracking identifier of its own. Enter the one of your API user (Integration \
                           Vendor \"Custom (Internal Integration)\"), or ask the bridge's operator to configure the \
                           vendor's.";
            problems.push(CredentialProblem::new(INTEGRATION_CODE, "required", message));
        }
        match (user_name, secret, code) {
            (Some(user_name), Some(secret), Some(integration_code)) if problems.is_empty() => {
                Ok(Self { user_name, secret: secret.into(), integration_code })
            }
            _ => Err(problems),
        }
    }
}

fn entered(credentials: &Credentials, field: &str) -> Option<String> {
    let value = credentials.get(field)?.expose_secret().trim();
    (!value.is_empty()).then(|| value.to_owned())
}

fn required(
    credentials: &Credentials,
    field: &str,
    what: &str,
    problems: &mut Vec<CredentialProblem>,
) -> Option<String> {
    let value = entered(credentials, field);
    if value.is_none() {
        problems.push(CredentialProblem::new(field, "required", format!("Enter {what}.")));
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vendor() -> AutotaskOptions {
        AutotaskOptions { integration_code: Some("VENDOR".into()), ..AutotaskOptions::default() }
    }

    fn complete() -> Credentials {
        Credentials::new().with(USER_NAME, " key@EXAMPLE.ORG\n").with(SECRET, "$#~*@x")
    }

    fn problems(credentials: &Credentials, options: &AutotaskOptions) -> Vec<(String, String)> {
        let problems = Account::parse(credentials, options).unwrap_err();
        problems.into_iter().map(|problem| (problem.field, problem.code)).collect()
    }

    #[test]
    fn the_vendors_identifier_is_used_unless_the_partner_has_one() {
        for (entered, used) in [("", "VENDOR"), ("  ", "VENDOR"), ("OWN", "OWN")] {
            let account = Account::parse(&complete().with(INTEGRATION_CODE, entered), &vendor()).unwrap();
            assert_eq!(account.integration_code.expose_secret(), used, "{entered:?}");
            assert_eq!(account.user_name, "key@EXAMPLE.ORG");
        }
    }

    #[test]
    fn without_any_identifier_the_partner_is_told() {
        for options in [
            AutotaskOptions::default(),
            AutotaskOptions { integration_code: Some(" ".into()), ..AutotaskOptions::default() },
        ] {
            let expected = [(INTEGRATION_CODE.to_owned(), "required".to_owned())];
            assert_eq!(problems(&complete(), &options), expected);
        }
    }

    #[test]
    fn everything_wrong_is_named_at_once() {
        let fields: Vec<_> = problems(
            &Credentials::new().with("password", "x").with(SECRET, "a b").with(INTEGRATION_CODE, "ü"),
            &vendor(),
        );
        let named: Vec<_> = fields.iter().map(|(field, code)| format!("{field}: {code}")).collect();
        assert_eq!(
            named,
            [
                "password: unknown_field",
                "user_name: required",
                "secret: malformed",
                "integration_code: malformed"
            ]
        );
    }
}
