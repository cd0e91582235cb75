//! Mails through a mail server, over a connection of their own each: they are few.

use super::message::{self, Sender};
use async_trait::async_trait;
use lettre::{
    AsyncSmtpTransport, AsyncTransport, Tokio1Executor,
    transport::smtp::{
        self,
        authentication::Credentials,
        client::{Tls, TlsParameters},
    },
};
use psa_bridge_core::ports::{Mail, MailError, Mailer};
use secrecy::{ExposeSecret, SecretString};
use std::{error::Error as _, fmt, time::Duration};
use thiserror::Error;

/// How the connection to a mail server is kept private.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SmtpTls {
    /// TLS from the first byte. Port 465.
    Implicit,
    /// TLS after STARTTLS, or nothing at all. Port 587.
    StartTls,
    /// Not at all. Port 25. For a server on this machine.
    None,
}

impl SmtpTls {
    fn port(self) -> u16 {
        match self {
            Self::Implicit => 465,
            Self::StartTls => 587,
            Self::None => 25,
        }
    }
}

/// Where a mail server is, and as whom to speak to it.
#[derive(Clone, Debug)]
pub struct SmtpOptions {
    /// Its name.
    pub host: String,
    /// Its port; the usual one, where none.
    pub port: Option<u16>,
    /// How the connection is kept private.
    pub tls: SmtpTls,
    /// User and password, where it asks for them.
    pub credentials: Option<(String, SecretString)>,
    /// Longest time for one mail, from connecting to the last answer.
    pub timeout: Duration,
}

/// The way to the mail server cannot be prepared.
#[derive(Debug, Error)]
#[error("the way to the mail server cannot be prepared: {0}")]
pub struct SmtpError(#[from] smtp::Error);

/// Sends mails through a mail server.
#[derive(Clone)]
pub struct SmtpMailer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Sender,
    timeout: Duration,
}

impl fmt::Debug for SmtpMailer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SmtpMailer").field("from", &self.from).finish_non_exhaustive()
    }
}

impl SmtpMailer {
    /// A mailer; connects to nobody yet.
    ///
    /// # Errors
    /// Where the certificates of this system cannot be read.
    pub fn new(options: &SmtpOptions, from: Sender) -> Result<Self, SmtpError> {
        let parameters = || TlsParameters::new(options.host.clone());
        let tls = match options.tls {
            SmtpTls::Implicit => Tls::Wrapper(parameters()?),
            SmtpTls::StartTls => Tls::Required(parameters()?),
            SmtpTls::None => Tls::None,
        };
        let port = options.port.unwrap_or_else(|| options.tls.port());
        let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&options.host)
            .port(port)
            .tls(tls)
            .timeout(Some(options.timeout));
        if let Some((user, password)) = &options.credentials {
            builder =
                builder.credentials(Credentials::new(user.clone(), password.expose_secret().to_owned()));
        }
        Ok(Self { transport: builder.build(), from, timeout: options.timeout })
    }
}

#[async_trait]
impl Mailer for SmtpMailer {
    async fn send(&self, mail: &Mail) -> Result<(), MailError> {
        let message = message::write(mail, &self.from)?;
        // The library's own timeout is for connecting alone.
        match tokio::time::timeout(self.timeout, self.transport.send(message)).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(sort(&error, mail)),
            Err(_) => Err(MailError::Failed("the mail server did not answer in time".to_owned())),
        }
    }
}

/// What the server said, without the address, which is a person's.
fn sort(error: &smtp::Error, mail: &Mail) -> MailError {
    let mut text = error.to_string();
    if let Some(source) = error.source().map(ToString::to_string).filter(|source| !text.contains(source)) {
        text = format!("{text}: {source}");
    }
    let text = text.replace(&mail.to, "the contact");
    match error.status().map(u16::from) {
        Some(code) if is_final(code) => MailError::Refused(text),
        _ => MailError::Failed(text),
    }
}

/// Whether the server will not have this mail (RFC 5321, 4.2.3). Other 5xx are about how we speak to it: a password that
/// is wrong today may be right tomorrow, and must not cost a mail.
fn is_final(code: u16) -> bool {
    matches!(code, 521 | 550..=556)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_about_the_mail_is_final() {
        for code in [550, 551, 552, 553, 554, 556, 521] {
            assert!(is_final(code), "{code}");
        }
        for code in [421, 450, 451, 452, 500, 502, 503, 530, 534, 535, 538] {
            assert!(!is_final(code), "{code}");
        }
    }
}
