//! The vault passes the suite of vaults on the emulator, and tells apart what it may not read.

use crate::{
    answering::{Answer, server},
    emulator::emulator,
};
use aws_sdk_secretsmanager::{
    Client, Config,
    config::{BehaviorVersion, Credentials, Region, retry::RetryConfig},
};
use psa_bridge_aws::{SecretsManagerVault, http_client};
use psa_bridge_core::{
    ids::ConnectionId,
    ports::{Vault, VaultError},
    suite::vault::{Handles, cases, credentials},
};
use std::sync::Arc;

fn client(endpoint: &str) -> Client {
    let config = Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-central-1"))
        .credentials_provider(Credentials::new("000000000002", "secret", None, None, "tests"))
        .retry_config(RetryConfig::disabled())
        .endpoint_url(endpoint)
        .http_client(http_client())
        .build();
    Client::from_conf(config)
}

fn halo() -> ConnectionId {
    "con_halo".parse().unwrap()
}

#[tokio::test]
async fn the_vault_passes_every_case_of_the_suite() {
    let endpoint = emulator().endpoint();
    for (number, case) in cases().into_iter().enumerate() {
        let prefix = format!("bridge-{number}/connections");
        let vault = || Arc::new(SecretsManagerVault::new(client(&endpoint), &prefix));
        case.run(Handles { vault: vault(), again: vault() }).await;
    }
}

#[tokio::test]
async fn a_deleted_secret_is_gone_at_once_and_its_name_is_what_was_agreed() {
    let client = client(&emulator().endpoint());
    let vault = SecretsManagerVault::new(client.clone(), "agreed");
    vault.put(&halo(), 7, &credentials("hunter2")).await.unwrap();
    let kept = client.describe_secret().secret_id("agreed/con_halo/7").send().await.unwrap();
    assert_eq!(kept.deleted_date(), None);
    vault.delete_below(&halo(), 8).await.unwrap();
    let gone = client.describe_secret().secret_id("agreed/con_halo/7").send().await.unwrap_err();
    assert!(gone.as_service_error().unwrap().is_resource_not_found_exception(), "{gone:?}");
}

#[tokio::test]
async fn what_is_not_credentials_is_unreadable() {
    let client = client(&emulator().endpoint());
    let vault = SecretsManagerVault::new(client.clone(), "bent");
    client.create_secret().name("bent/con_halo/1").secret_string("hunter2").send().await.unwrap();
    let error = vault.get(&halo(), 1).await.unwrap_err();
    assert!(matches!(error, VaultError::Unreadable), "{error:?}");
    assert!(!format!("{error:?}").contains("hunter2"));
}

async fn get_answered(status: u16, code: &'static str) -> VaultError {
    let (endpoint, heard) = server(Answer::With { status, code: Some(code), body: "{\"Message\":\"no\"}" });
    let vault = SecretsManagerVault::new(client(&endpoint), "bridge");
    let error = vault.get(&halo(), 1).await.unwrap_err();
    assert!(heard.join().unwrap().contains("bridge/con_halo/1"));
    error
}

#[tokio::test]
async fn a_failure_says_what_it_means() {
    let error = get_answered(400, "DecryptionFailure").await;
    assert!(matches!(error, VaultError::Unreadable), "{error:?}");
    let marked_for_deletion = get_answered(400, "InvalidRequestException").await;
    assert!(matches!(marked_for_deletion, VaultError::NotFound), "{marked_for_deletion:?}");
    for (status, code) in
        [(400, "AccessDeniedException"), (400, "ThrottlingException"), (500, "InternalServiceError")]
    {
        let error = get_answered(status, code).await;
        assert!(matches!(error, VaultError::Unavailable { .. }), "{code}: {error:?}");
    }
}

#[tokio::test]
async fn a_failure_to_keep_credentials_does_not_show_them() {
    let (endpoint, heard) =
        server(Answer::With { status: 500, code: Some("InternalServiceError"), body: "{}" });
    let vault = SecretsManagerVault::new(client(&endpoint), "bridge");
    let error = vault.put(&halo(), 1, &credentials("hunter2")).await.unwrap_err();
    assert!(heard.join().unwrap().contains("hunter2"), "it was on its way");
    assert!(!format!("{error} {error:?}").contains("hunter2"), "{error:?}");
}

#[tokio::test]
async fn a_vault_that_hangs_up_is_unavailable() {
    let (endpoint, heard) = server(Answer::HangUp);
    let error = SecretsManagerVault::new(client(&endpoint), "bridge").get(&halo(), 1).await.unwrap_err();
    assert!(matches!(error, VaultError::Unavailable { .. }), "{error:?}");
    heard.join().unwrap();
}
