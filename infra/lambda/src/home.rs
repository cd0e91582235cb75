//! What functions are put together from. Each takes only the parts that it uses: a client of AWS costs time at a cold
//! start, and a permission.

use crate::{
    env::{Env, EnvError},
    identity::GatewayAuthenticator,
    logging,
    nudge::QueueNudge,
    settings,
};
use aws_config::SdkConfig;
use psa_bridge_aws::{BusSender, DynamoStore, SecretsManagerVault, SesMailer, SqsBell, sdk_config};
use psa_bridge_core::{
    connector_factory::TenantConnectors,
    ports::{Bell, ConnectorFactory, Mailer, Store, Vault},
    usecases::notify::Receiver,
};
use psa_bridge_http::{CursorKey, Protection};
use psa_connector::{
    Clock, SystemClock, SystemRandom, Transport,
    transport::{Deadline, TransportError},
};
use sha2::{Digest, Sha256};
use std::sync::Arc;
use thiserror::Error;

/// A function cannot start.
#[derive(Debug, Error)]
pub enum StartError {
    /// Its environment is wrong.
    #[error(transparent)]
    Env(#[from] EnvError),
    /// No HTTP client.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// The key for cursors cannot be read.
    #[error("the secret of cursors cannot be read: {0}")]
    CursorKey(String),
}

/// The parts of a function.
pub struct Home {
    env: Env,
    sdk: SdkConfig,
    clock: Arc<dyn Clock>,
    deadline: Deadline,
}

impl Home {
    /// Starts logging and reads the environment.
    pub fn open() -> Self {
        let env = Env::of_process();
        logging::start(env.optional("LOG__FILTER"));
        Self { env, sdk: sdk_config(), clock: Arc::new(SystemClock), deadline: Deadline::default() }
    }

    /// The environment.
    pub fn env(&self) -> &Env {
        &self.env
    }

    /// The time.
    pub fn clock(&self) -> Arc<dyn Clock> {
        Arc::clone(&self.clock)
    }

    /// When the answers of PSAs have to be in; moved at each invocation.
    pub fn deadline(&self) -> Deadline {
        self.deadline.clone()
    }

    /// How others reach the API.
    pub fn public_url(&self) -> Result<String, StartError> {
        Ok(self.env.required("SERVER__PUBLIC_URL")?.trim_end_matches('/').to_owned())
    }

    /// The store.
    pub fn store(&self) -> Result<Arc<dyn Store>, StartError> {
        let client = aws_sdk_dynamodb::Client::new(&self.sdk);
        let policy = settings::notice_policy(&self.env)?;
        Ok(Arc::new(DynamoStore::new(client, self.env.required("AWS__TABLE")?, policy)))
    }

    /// The vault.
    pub fn vault(&self) -> Result<Arc<dyn Vault>, StartError> {
        let client = aws_sdk_secretsmanager::Client::new(&self.sdk);
        let vault = SecretsManagerVault::new(client, self.env.required("AWS__SECRET_PREFIX")?);
        Ok(match self.env.optional("AWS__SECRET_KEY") {
            Some(key) => Arc::new(vault.encrypting_with(key)),
            None => Arc::new(vault),
        })
    }

    /// The bell.
    pub fn bell(&self) -> Result<Arc<dyn Bell>, StartError> {
        let client = aws_sdk_sqs::Client::new(&self.sdk);
        let queue = self.env.required("AWS__TICKETS_QUEUE")?;
        Ok(Arc::new(SqsBell::new(client, queue, self.clock(), Arc::new(SystemRandom))))
    }

    /// The nudge to the backfill.
    pub fn nudge(&self) -> Result<QueueNudge, StartError> {
        let client = aws_sdk_sqs::Client::new(&self.sdk);
        Ok(QueueNudge::new(client, self.env.required("AWS__TASKS_QUEUE")?))
    }

    /// The way to the PSAs, over by the deadline.
    pub fn connectors(
        &self,
        store: &Arc<dyn Store>,
        vault: &Arc<dyn Vault>,
    ) -> Result<Arc<dyn ConnectorFactory>, StartError> {
        let (policy, options) = (settings::egress(&self.env)?, settings::transport_options(&self.env)?);
        let transport = Transport::new(policy, options, self.clock(), Arc::new(SystemRandom))?;
        Ok(Arc::new(TenantConnectors::new(
            Arc::clone(vault),
            store.clone(),
            transport.within(self.deadline()),
            self.clock(),
            settings::connector_options(&self.env)?,
            settings::budget_plans(&self.env)?,
        )))
    }

    /// The way to the emergency contacts; none where no sender is configured.
    pub fn mailer(&self) -> Result<Option<Arc<dyn Mailer>>, StartError> {
        const KEY: &str = "MAIL__FROM";
        let Some(from) = self.env.optional(KEY) else { return Ok(None) };
        let client = aws_sdk_sesv2::Client::new(&self.sdk);
        let mailer = SesMailer::new(client, from).map_err(|why| crate::env::error(KEY, why.to_string()))?;
        Ok(Some(match self.env.optional("MAIL__CONFIGURATION_SET") {
            Some(name) => Arc::new(mailer.with_configuration_set(name)),
            None => Arc::new(mailer),
        }))
    }

    /// The way to the vendor: a bus.
    pub fn receiver(&self) -> Result<Receiver, StartError> {
        let client = aws_sdk_eventbridge::Client::new(&self.sdk);
        let bus = BusSender::new(client, self.env.required("AWS__BUS")?);
        Ok(Receiver::new(Arc::new(bus), settings::event_retries(&self.env)?, self.public_url()?))
    }

    /// What stands before routes that have lists: all environments of all functions seal cursors with the same key.
    pub async fn protection(&self, store: &Arc<dyn Store>) -> Result<Protection, StartError> {
        let client = aws_sdk_secretsmanager::Client::new(&self.sdk);
        let secret =
            client.get_secret_value().secret_id(self.env.required("AWS__CURSOR_SECRET")?).send().await;
        let secret = secret
            .map_err(|error| StartError::CursorKey(aws_sdk_secretsmanager::Error::from(error).to_string()))?;
        let text = secret.secret_string().filter(|text| text.len() >= 32);
        let text = text.ok_or_else(|| StartError::CursorKey("it has less than 32 characters".to_owned()))?;
        Ok(self.guarded_by(CursorKey::new(&Sha256::digest(text).into()), store))
    }

    /// What stands before routes that have no lists, and so no cursors.
    pub fn protection_without_lists(&self, store: &Arc<dyn Store>) -> Protection {
        self.guarded_by(CursorKey::new(&rand::random()), store)
    }

    fn guarded_by(&self, cursors: CursorKey, store: &Arc<dyn Store>) -> Protection {
        let authenticator = GatewayAuthenticator {
            partner_claim: self.env.optional("AUTH__PARTNER_CLAIM").unwrap_or("partner_id").to_owned(),
            scope_prefix: self.env.optional("AUTH__SCOPE_PREFIX").unwrap_or_default().to_owned(),
        };
        Protection {
            authenticator: Arc::new(authenticator),
            idempotency: store.clone(),
            cursors,
            clock: self.clock(),
        }
    }
}
