//! Mails through Amazon SES.
//!
//! SES gives each mail a `Message-ID` of its own and lets nobody else write it, so a mail that is sent again after a lost
//! reply may show twice; both carry the notice's id in `X-PSA-Bridge-Notice`.

use async_trait::async_trait;
use aws_sdk_sesv2::{
    Client, Config,
    config::retry::RetryConfig,
    error::{BuildError, DisplayErrorContext, ProvideErrorMetadata, SdkError},
    operation::send_email::SendEmailError,
    types::{Body, Content, Destination, EmailContent, Message, MessageHeader},
};
use psa_bridge_core::ports::{Mail, MailError, Mailer};
use std::{fmt, time::Duration};
use thiserror::Error;

/// Longest time for one mail.
const TIMEOUT: Duration = Duration::from_secs(50);

/// Mails cannot be sent from that address.
#[derive(Debug, Error)]
#[error("is no address such as \"PSA Bridge <psa-bridge@example.com>\"")]
pub struct SesSenderError;

/// Sends mails through SES. Needs `ses:SendEmail` on the sender's identity, which has to be verified, and on the
/// configuration set, where there is one.
#[derive(Clone)]
pub struct SesMailer {
    client: Client,
    from: String,
    configuration_set: Option<String>,
}

impl fmt::Debug for SesMailer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SesMailer").field("from", &self.from).finish_non_exhaustive()
    }
}

impl SesMailer {
    /// A mailer that sends from this address: `name@example.com` or `Name <name@example.com>`, in ASCII.
    ///
    /// # Errors
    /// Where that is no such address.
    pub fn new(client: Client, from: impl Into<String>) -> Result<Self, SesSenderError> {
        let from = from.into();
        let address = match from.split_once('<') {
            Some((name, rest)) if is_name(name) => rest.strip_suffix('>').ok_or(SesSenderError)?,
            Some(_) => return Err(SesSenderError),
            None => &from,
        };
        if !is_address(address) || !from.is_ascii() {
            return Err(SesSenderError);
        }
        Ok(Self { client, from, configuration_set: None })
    }

    /// The same with a configuration set: where SES tells of bounces and complaints.
    #[must_use]
    pub fn with_configuration_set(self, name: impl Into<String>) -> Self {
        Self { configuration_set: Some(name.into()), ..self }
    }
}

#[async_trait]
impl Mailer for SesMailer {
    async fn send(&self, mail: &Mail) -> Result<(), MailError> {
        if !is_address(&mail.to) {
            return Err(MailError::Refused("the emergency contact is no address".to_owned()));
        }
        let content = content(mail).map_err(|error| MailError::Refused(error.to_string()))?;
        // Who sends again is the outbox, which knows how often and when.
        let once = Config::builder().retry_config(RetryConfig::disabled());
        let sending = self
            .client
            .send_email()
            .from_email_address(&self.from)
            .destination(Destination::builder().to_addresses(&mail.to).build())
            .content(content)
            .set_configuration_set_name(self.configuration_set.clone())
            .customize()
            .config_override(once)
            .send();
        match tokio::time::timeout(TIMEOUT, sending).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(sort(&error, mail)),
            Err(_) => Err(MailError::Failed("SES did not answer in time".to_owned())),
        }
    }
}

fn content(mail: &Mail) -> Result<EmailContent, BuildError> {
    let text = |data: &str| Content::builder().data(data).charset("UTF-8").build();
    let header = |name: &str, value: &str| MessageHeader::builder().name(name).value(value).build();
    let message = Message::builder()
        .subject(text(&one_line(&mail.subject))?)
        .body(Body::builder().text(text(&mail.text)?).build())
        // RFC 3834: out-of-office replies and ticket systems leave it alone.
        .headers(header("Auto-Submitted", "auto-generated")?)
        .headers(header("X-PSA-Bridge-Notice", mail.id.as_str())?)
        .build();
    Ok(EmailContent::builder().simple(message).build())
}

/// No subject can end its line and begin another.
fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

fn is_name(text: &str) -> bool {
    !text.chars().any(|c| c.is_control() || matches!(c, ',' | ';' | '<' | '>' | '@'))
}

/// Whether it is one address and nothing else. Whether anybody reads it, SES will find out.
fn is_address(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else { return false };
    let is_plain = |c: char| !c.is_control() && !c.is_whitespace() && !"@,;:<>()[]\\\"".contains(c);
    !local.is_empty() && !domain.is_empty() && local.chars().all(is_plain) && domain.chars().all(is_plain)
}

/// What SES said, without the address, which is a person's.
fn sort<R>(error: &SdkError<SendEmailError, R>, mail: &Mail) -> MailError
where
    R: fmt::Debug,
{
    let said = error.as_service_error();
    let text = said.map_or_else(
        || DisplayErrorContext(error).to_string(),
        |said| {
            let message = said.message().unwrap_or("no reason given");
            format!("{}: {message}", said.code().unwrap_or("unknown"))
        },
    );
    let text = text.replace(&mail.to, "the contact");
    match said {
        Some(said) if is_final(said) => MailError::Refused(text),
        _ => MailError::Failed(text),
    }
}

/// Whether SES will not have this mail. What is about the account (not verified, paused, over its quota) may be right
/// tomorrow and must not cost a mail.
fn is_final(error: &SendEmailError) -> bool {
    match error {
        SendEmailError::BadRequestException(_) => true,
        SendEmailError::MessageRejected(rejected) => {
            !rejected.message().is_some_and(|message| message.contains("not verified"))
        }
        _ => false,
    }
}
