//! The vendor's webhook: events signed by the convention of Standard Webhooks
//! (<https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md>), sent through the same
//! transport as requests to PSAs.

use crate::{
    ids::NoticeId,
    notice::event::CONTENT_TYPE,
    ports::{Webhook, WebhookError},
};
use async_trait::async_trait;
use data_encoding::{BASE64, BASE64_NOPAD};
use hmac::{Hmac, KeyInit, Mac};
use http::StatusCode;
use psa_connector::{
    PsaErrorKind, Transport,
    transport::{Reading, Request},
};
use secrecy::{ExposeSecret, SecretSlice, SecretString};
use sha2::Sha256;
use std::fmt;
use thiserror::Error;
use url::Url;

/// What every secret begins with.
const PREFIX: &str = "whsec_";

/// Why a secret cannot sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum SecretError {
    /// Not `whsec_` and base64.
    #[error("must be whsec_ and base64, e.g. the output of: echo whsec_$(openssl rand -base64 32)")]
    Malformed,
    /// The convention wants 24 to 64 bytes.
    #[error("must hold 24 to 64 bytes, e.g. the output of: echo whsec_$(openssl rand -base64 32)")]
    Length,
}

/// A secret shared with the receiver.
#[derive(Clone)]
pub struct WebhookSecret(SecretSlice<u8>);

impl WebhookSecret {
    /// Reads `whsec_<base64>`.
    pub fn parse(text: &SecretString) -> Result<Self, SecretError> {
        let encoded = text.expose_secret().trim().strip_prefix(PREFIX).ok_or(SecretError::Malformed)?;
        let bytes = BASE64
            .decode(encoded.as_bytes())
            .or_else(|_| BASE64_NOPAD.decode(encoded.as_bytes()))
            .map_err(|_| SecretError::Malformed)?;
        if !(24..=64).contains(&bytes.len()) {
            return Err(SecretError::Length);
        }
        Ok(Self(bytes.into()))
    }

    /// The signature of a message, as it stands in the header.
    fn sign(&self, id: &str, timestamp: i64, body: &str) -> Option<String> {
        let mut mac = Hmac::<Sha256>::new_from_slice(self.0.expose_secret()).ok()?;
        mac.update(format!("{id}.{timestamp}.{body}").as_bytes());
        Some(format!("v1,{}", BASE64.encode(&mac.finalize().into_bytes())))
    }
}

impl fmt::Debug for WebhookSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WebhookSecret")
    }
}

/// One receiver.
#[derive(Clone, Debug)]
pub struct SignedWebhook {
    /// The way out.
    pub transport: Transport,
    /// Where to.
    pub url: Url,
    /// Each signs: while the receiver changes from one to the next, both are here.
    pub secrets: Vec<WebhookSecret>,
}

#[async_trait]
impl Webhook for SignedWebhook {
    async fn send(&self, id: &NoticeId, body: &str) -> Result<(), WebhookError> {
        let now = self.transport.clock().now();
        let timestamp = now.as_second();
        let signatures: Option<Vec<String>> =
            self.secrets.iter().map(|secret| secret.sign(id.as_str(), timestamp, body)).collect();
        let signatures = signatures.ok_or_else(|| WebhookError::Failed("a secret cannot sign".to_owned()))?;
        let bytes = body.to_owned().into_bytes().into();
        let request = Request::post("webhook", self.url.clone(), CONTENT_TYPE, bytes)
            .once(jiff::Timestamp::MAX)
            // Whatever is answered is the receiver's answer.
            .read_by(|_| Reading::Answer)
            .header("webhook-id", id.as_str().into())
            .header("webhook-timestamp", timestamp.to_string().into())
            .header("webhook-signature", signatures.join(" ").into());
        let reply = self.transport.send(request).await.map_err(|error| {
            let what = if *error.kind() == PsaErrorKind::OutcomeUnknown { "no answer" } else { "not sent" };
            WebhookError::Failed(format!("{what}: {}", error.detail()))
        })?;
        match reply.status {
            status if status.is_success() => Ok(()),
            StatusCode::GONE => Err(WebhookError::Gone),
            status => Err(WebhookError::Failed(format!("the receiver answered {status}"))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the convention's reference libraries.
    #[test]
    fn a_message_is_signed_as_the_convention_says() {
        let secret = WebhookSecret::parse(&"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".into()).unwrap();
        let signed = secret.sign("msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, r#"{"test": 2432232314}"#);
        assert_eq!(signed.unwrap(), "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn a_secret_that_is_none_is_refused() {
        for (text, why) in [
            ("", SecretError::Malformed),
            ("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", SecretError::Malformed),
            ("whsec_*", SecretError::Malformed),
            ("whsec_c2hvcnQ=", SecretError::Length),
        ] {
            assert_eq!(WebhookSecret::parse(&text.into()).map(drop).unwrap_err(), why, "{text}");
        }
        let long = format!("whsec_{}", BASE64.encode(&[7; 65]));
        assert_eq!(WebhookSecret::parse(&long.into()).map(drop).unwrap_err(), SecretError::Length);
    }

    #[test]
    fn a_secret_is_not_shown() {
        let secret = WebhookSecret::parse(&"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".into()).unwrap();
        assert_eq!(format!("{secret:?}"), "WebhookSecret");
    }
}
