//! The way to the emergency contacts: a post box that keeps what was sent, and can fail like any other part, before it
//! took a mail or after.

use crate::executor::{Fate, Simulation};
use async_trait::async_trait;
use psa_bridge_core::ports::{Mail, MailError, Mailer};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The post box.
#[derive(Clone, Debug)]
pub struct PostBox {
    simulation: Simulation,
    sent: Arc<Mutex<Vec<Mail>>>,
}

impl PostBox {
    /// An empty one.
    pub fn new(simulation: Simulation) -> Self {
        Self { simulation, sent: Arc::default() }
    }

    /// Every mail that was taken, in order; one that was sent twice is here twice.
    pub fn sent(&self) -> Vec<Mail> {
        self.lock().clone()
    }

    async fn point(&self, what: &'static str) -> Result<(), MailError> {
        match self.simulation.point(what).await {
            Fate::Goes => Ok(()),
            Fate::Fails => Err(MailError::Failed("simulated".to_owned())),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Mail>> {
        self.sent.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Mailer for PostBox {
    async fn send(&self, mail: &Mail) -> Result<(), MailError> {
        self.point("mail").await?;
        self.lock().push(mail.clone());
        self.point("mail, done").await
    }
}
