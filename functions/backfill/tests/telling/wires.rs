//! A mailer and a webhook that remember what was sent and answer as a test says, and a teller on a scene.

use async_trait::async_trait;
use psa_bridge_core::{
    connection::{CanaryPlan, ConnectionChange, SuspensionCause},
    ids::NoticeId,
    ports::{Mail, MailError, Mailer, Webhook, WebhookError},
    usecases::notify::{Notify, Receiver, RetryPlan},
};
use psa_bridge_rig::Scene;
use serde_json::Value;
use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
};
use tokio_util::sync::CancellationToken;

#[derive(Default)]
pub struct Wires {
    pub mails: Mutex<Vec<Mail>>,
    pub mail_errors: Mutex<VecDeque<MailError>>,
    pub events: Mutex<Vec<(NoticeId, String)>>,
    pub webhook_errors: Mutex<VecDeque<WebhookError>>,
}

#[async_trait]
impl Mailer for Wires {
    async fn send(&self, mail: &Mail) -> Result<(), MailError> {
        self.mails.lock().unwrap().push(mail.clone());
        self.mail_errors.lock().unwrap().pop_front().map_or(Ok(()), Err)
    }
}

#[async_trait]
impl Webhook for Wires {
    async fn send(&self, id: &NoticeId, body: &str) -> Result<(), WebhookError> {
        self.events.lock().unwrap().push((id.clone(), body.to_owned()));
        self.webhook_errors.lock().unwrap().pop_front().map_or(Ok(()), Err)
    }
}

impl Wires {
    /// Mails since it was last asked.
    pub fn mails(&self) -> Vec<Mail> {
        self.mails.lock().unwrap().drain(..).collect()
    }

    /// Events since it was last asked.
    pub fn events(&self) -> Vec<Value> {
        let sent: Vec<_> = self.events.lock().unwrap().drain(..).collect();
        sent.iter().map(|(_, body)| serde_json::from_str(body).unwrap()).collect()
    }

    /// The next mails fail so.
    pub fn fail_mails(&self, errors: impl IntoIterator<Item = MailError>) {
        self.mail_errors.lock().unwrap().extend(errors);
    }

    /// The next events fail so.
    pub fn fail_events(&self, errors: impl IntoIterator<Item = WebhookError>) {
        self.webhook_errors.lock().unwrap().extend(errors);
    }
}

/// A teller over these wires.
pub fn notify(scene: &Scene, wires: &Arc<Wires>) -> Notify {
    let receiver =
        Receiver::new(wires.clone(), RetryPlan::webhook(), "https://bridge.vendor.example".to_owned());
    Notify {
        store: scene.store.clone(),
        mailer: wires.clone(),
        webhook: Some(receiver),
        clock: scene.clock.clone(),
        mail_retries: RetryPlan::mail(),
        portal: Some("https://portal.vendor.example/psa/{connection}".to_owned()),
        stopping: CancellationToken::new(),
    }
}

/// The credentials are refused, or whatever the cause is.
pub async fn suspend(scene: &Scene, cause: SuspensionCause) {
    let plan = CanaryPlan {
        first: jiff::SignedDuration::from_secs(30),
        longest: jiff::SignedDuration::from_mins(15),
    };
    scene.change(ConnectionChange::Suspended { cause, detail: "x".to_owned(), plan }).await;
}
