//! Whom the bridge tells: partners' emergency contacts by mail, and the vendor by webhook.

use super::{ConfigError, Settings, seconds};
use jiff::SignedDuration;
use psa_bridge_core::{notice::NoticePolicy, usecases::notify::RetryPlan, webhook::WebhookSecret};
use psa_bridge_embedded::{Sender, SenderError, SmtpOptions, SmtpTls};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use std::{net::IpAddr, path::PathBuf, time::Duration};
use url::{Host, Url};

/// What a teller promises of an attempt at most.
const LONGEST_ATTEMPT: u32 = 60;

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MailSettings {
    pub from: String,
    pub smtp_host: String,
    pub smtp_port: u16,
    pub tls: MailTls,
    pub user: String,
    pub password: SecretString,
    pub timeout_seconds: u32,
    pub folder: String,
    pub portal_url: String,
    pub outage_seconds: u32,
    pub budget_minutes: u32,
    pub settings_minutes: u32,
    pub give_up_hours: u32,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum MailTls {
    StartTls,
    Tls,
    None,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WebhookSettings {
    pub url: String,
    pub secret: SecretString,
    pub previous_secret: SecretString,
    pub timeout_seconds: u32,
    pub give_up_hours: u32,
}

/// Where mails go.
#[derive(Clone, Debug)]
pub enum MailWay {
    /// Through a mail server.
    Server(SmtpOptions),
    /// Into a folder.
    Folder(PathBuf),
}

fn invalid(key: &'static str, problem: impl Into<String>) -> ConfigError {
    ConfigError::Invalid { key, problem: problem.into() }
}

impl MailSettings {
    pub(super) fn check(&self) -> Result<(), ConfigError> {
        self.sender()?;
        if self.timeout_seconds > LONGEST_ATTEMPT {
            return Err(invalid("mail.timeout_seconds", "must be at most 60"));
        }
        let secret = !self.password.expose_secret().is_empty();
        if self.user.is_empty() && secret {
            return Err(invalid("mail.password", "needs mail.user"));
        }
        if !self.user.is_empty() && self.tls == MailTls::None && !is_this_machine(&self.smtp_host) {
            return Err(invalid("mail.tls", "must not be \"none\" with a password, which others could read"));
        }
        if self.portal_url.is_empty() {
            return Ok(());
        }
        let url = self.portal_url.replace("{connection}", "con_x");
        match Url::parse(&url) {
            Ok(url) if ["http", "https"].contains(&url.scheme()) => Ok(()),
            _ => Err(invalid("mail.portal_url", "must be an address that begins with https://")),
        }
    }

    /// Who mails are from.
    pub fn sender(&self) -> Result<Sender, ConfigError> {
        self.from.parse().map_err(|error: SenderError| invalid("mail.from", error.to_string()))
    }

    /// Until when it is tried, and how often.
    pub fn retries(&self) -> RetryPlan {
        RetryPlan { give_up_after: hours(self.give_up_hours), ..RetryPlan::mail() }
    }
}

impl WebhookSettings {
    pub(super) fn check(&self, allowed: &[Url]) -> Result<(), ConfigError> {
        let Some(url) = self.receiver()? else { return Ok(()) };
        self.secrets()?;
        if self.timeout_seconds > LONGEST_ATTEMPT {
            return Err(invalid("webhook.timeout_seconds", "must be at most 60"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(invalid("webhook.url", "must not hold a user or a password: events are signed"));
        }
        let open = allowed.iter().any(|it| it.origin() == url.origin()) || is_loopback(&url);
        match url.scheme() {
            "https" => Ok(()),
            "http" if open => Ok(()),
            _ => {
                Err(invalid("webhook.url", "must begin with https://, unless egress.allow lists its origin"))
            }
        }
    }

    /// Where events go.
    pub fn receiver(&self) -> Result<Option<Url>, ConfigError> {
        if self.url.is_empty() {
            return Ok(None);
        }
        let url = Url::parse(&self.url).map_err(|error| invalid("webhook.url", error.to_string()))?;
        if url.host().is_none() {
            return Err(invalid("webhook.url", "has no host"));
        }
        Ok(Some(url))
    }

    /// What signs them: the secret, and the one before.
    pub fn secrets(&self) -> Result<Vec<WebhookSecret>, ConfigError> {
        let read = |key, text| WebhookSecret::parse(text).map_err(|error| invalid(key, error.to_string()));
        let mut secrets = vec![read("webhook.secret", &self.secret)?];
        if !self.previous_secret.expose_secret().is_empty() {
            secrets.push(read("webhook.previous_secret", &self.previous_secret)?);
        }
        Ok(secrets)
    }

    /// Until when it is tried, and how often.
    pub fn retries(&self) -> RetryPlan {
        RetryPlan { give_up_after: hours(self.give_up_hours), ..RetryPlan::webhook() }
    }
}

impl Settings {
    /// What is told, and how patiently.
    pub fn notice_policy(&self) -> NoticePolicy {
        let minutes = |value: u32| SignedDuration::from_mins(value.into());
        NoticePolicy {
            webhook: !self.webhook.url.is_empty(),
            outage: seconds(self.mail.outage_seconds),
            budget: minutes(self.mail.budget_minutes),
            settings: minutes(self.mail.settings_minutes),
        }
    }

    /// Where mails go.
    pub fn mail_way(&self) -> MailWay {
        let mail = &self.mail;
        if mail.smtp_host.is_empty() {
            return MailWay::Folder(self.file(&mail.folder, "outbox"));
        }
        MailWay::Server(SmtpOptions {
            host: mail.smtp_host.clone(),
            port: (mail.smtp_port != 0).then_some(mail.smtp_port),
            tls: match mail.tls {
                MailTls::StartTls => SmtpTls::StartTls,
                MailTls::Tls => SmtpTls::Implicit,
                MailTls::None => SmtpTls::None,
            },
            credentials: (!mail.user.is_empty()).then(|| (mail.user.clone(), mail.password.clone())),
            timeout: Duration::from_secs(mail.timeout_seconds.into()),
        })
    }
}

fn hours(value: u32) -> SignedDuration {
    SignedDuration::from_hours(value.into())
}

fn is_this_machine(host: &str) -> bool {
    host == "localhost" || host.parse().is_ok_and(|address: IpAddr| address.is_loopback())
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    fn settings() -> Settings {
        Settings::load(None).unwrap()
    }

    fn refused(change: impl FnOnce(&mut Settings)) -> Option<&'static str> {
        let mut settings = settings();
        change(&mut settings);
        match settings.check() {
            Ok(()) => None,
            Err(ConfigError::Invalid { key, .. }) => Some(key),
            Err(error) => panic!("{error}"),
        }
    }

    fn webhook(url: &str) -> Option<&'static str> {
        refused(|it| {
            it.egress.allow = vec!["http://hooks.internal:9000".parse().unwrap()];
            it.webhook.url = url.to_owned();
            it.webhook.secret = SECRET.into();
        })
    }

    #[test]
    fn without_a_webhook_nothing_is_kept_for_it_and_mails_go_into_the_data_folder() {
        let settings = settings();
        assert!(!settings.notice_policy().webhook);
        assert!(settings.webhook.receiver().unwrap().is_none());
        assert!(matches!(settings.mail_way(), MailWay::Folder(path) if path.ends_with("data/outbox")));
    }

    #[test]
    fn events_leave_by_https_or_to_where_the_operator_allows() {
        for url in [
            "https://vendor.example/hooks",
            "https://10.0.0.7/hooks",
            "http://127.0.0.1:9000/",
            "http://localhost:1/x",
            "http://[::1]:9/",
            "http://hooks.internal:9000/psa",
        ] {
            assert_eq!(webhook(url), None, "{url}");
        }
        for url in [
            "http://vendor.example/hooks",
            "http://10.0.0.7/hooks",
            "http://hooks.internal:9001/psa",
            "https://user:pass@vendor.example/",
            "ftp://vendor.example/",
            "vendor.example",
        ] {
            assert_eq!(webhook(url), Some("webhook.url"), "{url}");
        }
    }

    #[test]
    fn a_webhook_needs_a_secret_that_can_sign() {
        let with = |secret: &str, previous: &str| {
            refused(|it| {
                it.webhook.url = "https://vendor.example/".to_owned();
                it.webhook.secret = secret.into();
                it.webhook.previous_secret = previous.into();
            })
        };
        assert_eq!(with(SECRET, ""), None);
        assert_eq!(with(SECRET, SECRET), None);
        assert_eq!(with("", ""), Some("webhook.secret"));
        assert_eq!(with(SECRET, "whsec_"), Some("webhook.previous_secret"));
    }

    #[test]
    fn a_password_is_not_sent_where_others_could_read_it() {
        let with = |host: &str, tls: MailTls| {
            refused(|it| {
                it.mail.smtp_host = host.to_owned();
                it.mail.tls = tls;
                it.mail.user = "bridge".to_owned();
                it.mail.password = "s3cret".into();
            })
        };
        assert_eq!(with("smtp.vendor.example", MailTls::StartTls), None);
        assert_eq!(with("smtp.vendor.example", MailTls::None), Some("mail.tls"));
        assert_eq!(with("127.0.0.1", MailTls::None), None);
    }

    #[test]
    fn mistakes_in_mail_settings_are_told_by_their_key() {
        assert_eq!(refused(|it| it.mail.from = "nobody".to_owned()), Some("mail.from"));
        assert_eq!(refused(|it| it.mail.portal_url = "portal".to_owned()), Some("mail.portal_url"));
        let portal = "https://portal.example/psa/{connection}";
        assert_eq!(refused(|it| it.mail.portal_url = portal.to_owned()), None);
        assert_eq!(refused(|it| it.mail.password = "s3cret".into()), Some("mail.password"));
        assert_eq!(refused(|it| it.mail.timeout_seconds = 61), Some("mail.timeout_seconds"));
        assert_eq!(refused(|it| it.mail.timeout_seconds = 0), Some("mail.timeout_seconds"));
    }
}
