//! The ways out for notices, as the configuration names them.

use crate::{
    config::{MailWay, Settings},
    start_error::StartError,
};
use psa_bridge_core::{
    ports::{Mailer, Store},
    usecases::notify::{Notify, Receiver},
    webhook::SignedWebhook,
};
use psa_bridge_embedded::{FolderMailer, SmtpMailer};
use psa_connector::{Clock, EgressPolicy, SystemRandom, Transport, TransportOptions};
use std::{sync::Arc, time::Duration};
use tokio_util::sync::CancellationToken;
use tracing::info;

/// Largest answer of the webhook's receiver, of which nothing but the status is read.
const MAX_ANSWER: usize = 64 * 1024;

/// Whoever tells. Says in the log where mails and events go.
pub fn open(
    settings: &Settings,
    store: Arc<dyn Store>,
    clock: &Arc<dyn Clock>,
    stopping: CancellationToken,
) -> Result<Notify, StartError> {
    let portal = &settings.mail.portal_url;
    Ok(Notify {
        store,
        mailer: mailer(settings)?,
        webhook: receiver(settings, clock)?,
        clock: Arc::clone(clock),
        mail_retries: settings.mail.retries(),
        portal: (!portal.is_empty()).then(|| portal.clone()),
        stopping,
    })
}

fn mailer(settings: &Settings) -> Result<Arc<dyn Mailer>, StartError> {
    let from = settings.mail.sender()?;
    Ok(match settings.mail_way() {
        MailWay::Server(options) => {
            info!(host = options.host, tls = ?options.tls, "Mails to emergency contacts go through a mail server");
            Arc::new(SmtpMailer::new(&options, from)?)
        }
        MailWay::Folder(folder) => {
            info!(
                folder = %folder.display(),
                "Mails to emergency contacts become files, since mail.smtp_host names no mail server"
            );
            let unusable = |source| StartError::Folder { path: folder.clone(), source };
            Arc::new(FolderMailer::open(&folder, from).map_err(unusable)?)
        }
    })
}

fn receiver(settings: &Settings, clock: &Arc<dyn Clock>) -> Result<Option<Receiver>, StartError> {
    let Some(url) = settings.webhook.receiver()? else { return Ok(None) };
    // The operator named it, so it may be in a network of their own; nothing else is let out this way.
    let host = url.host_str().unwrap_or_default();
    let port = url.port_or_known_default().unwrap_or_default();
    let policy = EgressPolicy::public_only().allow_origin(&format!("{host}:{port}"))?;
    let timeout = Duration::from_secs(settings.webhook.timeout_seconds.into());
    let options = TransportOptions {
        connect_timeout: timeout.min(TransportOptions::default().connect_timeout),
        timeout,
        max_body: MAX_ANSWER,
        tries: 1,
    };
    info!(host, "Events for the vendor go to a webhook");
    let transport = Transport::new(policy, options, Arc::clone(clock), Arc::new(SystemRandom))?;
    let webhook = SignedWebhook { transport, url, secrets: settings.webhook.secrets()? };
    Ok(Some(Receiver::new(Arc::new(webhook), settings.webhook.retries(), settings.public_url())))
}
