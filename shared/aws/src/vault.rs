//! The vault in AWS Secrets Manager: one secret a connection and generation, named `{prefix}/{connection}/{generation}`,
//! whose value is the credentials' fields as JSON. What is deleted is deleted at once and cannot be restored.

use async_trait::async_trait;
use aws_sdk_secretsmanager::{
    Client,
    error::{DisplayErrorContext, SdkError},
    operation::{
        create_secret::CreateSecretError, delete_secret::DeleteSecretError,
        get_secret_value::GetSecretValueError,
    },
    types::{Filter, FilterNameStringType},
};
use futures_util::{StreamExt, TryStreamExt, stream};
use psa_bridge_core::{
    ids::ConnectionId,
    ports::{Vault, VaultError},
};
use psa_connector::Credentials;
use std::{collections::BTreeMap, error::Error as StdError, fmt};

/// How many of the generations below one are deleted by their names, whether they are known to be there or not. The list
/// of secrets lags, so only what is older than these is looked for in it.
const RECENT: u32 = 32;
/// Deletions at once.
const AT_ONCE: usize = 8;

/// Credentials in Secrets Manager. Needs `CreateSecret`, `PutSecretValue`, `GetSecretValue` and `DeleteSecret` on
/// `{prefix}/*`, and `ListSecrets`.
#[derive(Clone)]
pub struct SecretsManagerVault {
    client: Client,
    prefix: String,
    key: Option<String>,
}

impl fmt::Debug for SecretsManagerVault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SecretsManagerVault").field("prefix", &self.prefix).finish_non_exhaustive()
    }
}

impl SecretsManagerVault {
    /// The vault of all secrets whose names begin with `{prefix}/`, encrypted with the account's key for secrets.
    pub fn new(client: Client, prefix: impl Into<String>) -> Self {
        Self { client, prefix: prefix.into(), key: None }
    }

    /// The same, encrypting with that KMS key (its id, ARN or alias).
    #[must_use]
    pub fn encrypting_with(self, key: impl Into<String>) -> Self {
        Self { key: Some(key.into()), ..self }
    }

    /// What the names of a connection's secrets begin with.
    fn names_of(&self, connection: &ConnectionId) -> Result<String, VaultError> {
        let id = connection.as_str();
        // The bridge makes no other ids; one that leads to another connection's secrets is somebody's trick.
        if id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-') {
            Ok(format!("{}/{id}/", self.prefix))
        } else {
            let detail = "the id of the connection cannot be part of a secret's name".to_owned();
            Err(VaultError::Unavailable { detail, source: None })
        }
    }

    async fn overwrite(&self, name: &str, secret: String) -> Result<(), VaultError> {
        let put = self.client.put_secret_value().secret_id(name).secret_string(secret).send().await;
        put.map(drop).map_err(|error| unavailable("PutSecretValue", error))
    }

    async fn delete(&self, name: String) -> Result<(), VaultError> {
        let deleted =
            self.client.delete_secret().secret_id(name).force_delete_without_recovery(true).send().await;
        match deleted {
            Ok(_) => Ok(()),
            Err(error) => match error.as_service_error() {
                Some(DeleteSecretError::ResourceNotFoundException(_)) => Ok(()),
                _ => Err(unavailable("DeleteSecret", error)),
            },
        }
    }

    /// The secrets of a connection below a generation, as far as the list knows.
    async fn listed_below(&self, names: &str, generation: u32) -> Result<Vec<String>, VaultError> {
        let filter = Filter::builder().key(FilterNameStringType::Name).values(names).build();
        let mut pages = self.client.list_secrets().filters(filter).into_paginator().send();
        let mut found = Vec::new();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| unavailable("ListSecrets", error))?;
            let listed = page.secret_list().iter().filter_map(|secret| secret.name());
            let is_below = |name: &&str| {
                let of = name.strip_prefix(names).and_then(|number| number.parse::<u32>().ok());
                of.is_some_and(|of| of < generation)
            };
            found.extend(listed.filter(is_below).map(str::to_owned));
        }
        Ok(found)
    }
}

#[async_trait]
impl Vault for SecretsManagerVault {
    async fn put(
        &self,
        connection: &ConnectionId,
        generation: u32,
        credentials: &Credentials,
    ) -> Result<(), VaultError> {
        let name = format!("{}{generation}", self.names_of(connection)?);
        let secret = serde_json::to_string(&credentials.expose()).map_err(|_| VaultError::Unavailable {
            detail: "the credentials cannot be written as JSON".to_owned(),
            source: None,
        })?;
        let create = self.client.create_secret().name(&name).set_kms_key_id(self.key.clone());
        match create.secret_string(&secret).send().await {
            Ok(_) => Ok(()),
            Err(error) => match error.as_service_error() {
                Some(CreateSecretError::ResourceExistsException(_)) => self.overwrite(&name, secret).await,
                _ => Err(unavailable("CreateSecret", error)),
            },
        }
    }

    async fn get(&self, connection: &ConnectionId, generation: u32) -> Result<Credentials, VaultError> {
        let name = format!("{}{generation}", self.names_of(connection)?);
        let got = self.client.get_secret_value().secret_id(name).send().await.map_err(not_read)?;
        let secret = got.secret_string().ok_or(VaultError::Unreadable)?;
        let fields: BTreeMap<String, String> =
            serde_json::from_str(secret).map_err(|_| VaultError::Unreadable)?;
        Ok(fields.into())
    }

    async fn delete_below(&self, connection: &ConnectionId, generation: u32) -> Result<(), VaultError> {
        let names = self.names_of(connection)?;
        let first_recent = generation.saturating_sub(RECENT);
        let mut doomed: Vec<String> =
            (first_recent..generation).map(|recent| format!("{names}{recent}")).collect();
        if first_recent > 0 {
            doomed.extend(self.listed_below(&names, first_recent).await?);
        }
        stream::iter(doomed)
            .map(|name| self.delete(name))
            .buffer_unordered(AT_ONCE)
            .try_collect::<Vec<()>>()
            .await
            .map(drop)
    }
}

/// What a failed reading means. A secret that is being deleted is there no longer.
fn not_read<R>(error: SdkError<GetSecretValueError, R>) -> VaultError
where
    R: fmt::Debug + Send + Sync + 'static,
{
    match error.as_service_error() {
        Some(
            GetSecretValueError::ResourceNotFoundException(_)
            | GetSecretValueError::InvalidRequestException(_),
        ) => VaultError::NotFound,
        Some(GetSecretValueError::DecryptionFailure(_)) => VaultError::Unreadable,
        _ => unavailable("GetSecretValue", error),
    }
}

/// A call that failed. What the service says holds the secret's name, never its value.
fn unavailable<E, R>(operation: &'static str, error: SdkError<E, R>) -> VaultError
where
    E: StdError + Send + Sync + 'static,
    R: fmt::Debug + Send + Sync + 'static,
{
    let detail = format!("{operation}: {}", DisplayErrorContext(&error));
    VaultError::Unavailable { detail, source: Some(Box::new(error)) }
}
