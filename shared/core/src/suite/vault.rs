//! What every vault must do: an adapter of [`Vault`] is right when all [`cases`] pass, each on an empty vault.

use super::fixture::{Must, connection_id};
use crate::{
    ids::ConnectionId,
    ports::{Vault, VaultError},
};
use futures_util::future::BoxFuture;
use psa_connector::Credentials;
use secrecy::ExposeSecret;
use std::{fmt, sync::Arc};

/// What no encoding may spoil.
pub const SECRET: &str = "hunter2 \"größer\" \u{1f511}\n";

/// An empty vault through two handles, as two processes would have it.
#[derive(Clone)]
pub struct Handles {
    /// The vault.
    pub vault: Arc<dyn Vault>,
    /// The same secrets through another handle.
    pub again: Arc<dyn Vault>,
}

/// One case.
pub struct VaultCase {
    /// What it shows.
    pub name: &'static str,
    run: fn(Handles) -> BoxFuture<'static, ()>,
}

impl fmt::Debug for VaultCase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VaultCase").field("name", &self.name).finish_non_exhaustive()
    }
}

impl VaultCase {
    /// Runs it.
    ///
    /// # Panics
    /// When the vault does not do what the case expects.
    pub async fn run(&self, handles: Handles) {
        (self.run)(handles).await;
    }
}

macro_rules! cases {
    ($($case:ident,)*) => {
        /// All cases.
        pub fn cases() -> Vec<VaultCase> {
            vec![$(VaultCase { name: stringify!($case), run: |handles| Box::pin($case(handles)) },)*]
        }
    };
}

cases! {
    what_was_put_is_read_back_also_through_another_handle,
    putting_again_overwrites_what_a_failed_connect_left,
    what_is_not_there_is_not_found,
    deleting_takes_the_older_generations_of_that_connection_alone,
    deleting_leaves_connections_alone_whose_ids_begin_alike,
    however_many_generations_there_were_none_is_left,
    an_id_that_leads_elsewhere_is_refused,
}

/// Credentials of two fields.
pub fn credentials(secret: &str) -> Credentials {
    Credentials::new().with("client_id", "an id").with("client_secret", secret)
}

/// The secret in what is kept for that connection and generation.
pub async fn secret(
    vault: &dyn Vault,
    connection: &ConnectionId,
    generation: u32,
) -> Result<String, VaultError> {
    let credentials = vault.get(connection, generation).await?;
    Ok(credentials.get("client_secret").must("the field").expose_secret().to_owned())
}

async fn put(vault: &dyn Vault, connection: &ConnectionId, generation: u32, secret: &str) {
    vault.put(connection, generation, &credentials(secret)).await.must("put credentials");
}

async fn reads(vault: &dyn Vault, connection: &ConnectionId, generation: u32, expected: &str) {
    let found = secret(vault, connection, generation).await.must("get credentials");
    assert_eq!(found, expected, "{connection} {generation}");
}

async fn finds_none(vault: &dyn Vault, connection: &ConnectionId, generation: u32) {
    let found = vault.get(connection, generation).await;
    assert!(matches!(found, Err(VaultError::NotFound)), "{connection} {generation}: {found:?}");
}

async fn what_was_put_is_read_back_also_through_another_handle(Handles { vault, again }: Handles) {
    let halo = connection_id("halo");
    put(&*vault, &halo, 1, SECRET).await;
    reads(&*vault, &halo, 1, SECRET).await;
    reads(&*again, &halo, 1, SECRET).await;
    assert_eq!(again.get(&halo, 1).await.must("get credentials").fields().count(), 2);
}

async fn putting_again_overwrites_what_a_failed_connect_left(Handles { vault, .. }: Handles) {
    let halo = connection_id("halo");
    put(&*vault, &halo, 2, "left behind, and longer than what comes").await;
    put(&*vault, &halo, 2, "new").await;
    reads(&*vault, &halo, 2, "new").await;
}

async fn what_is_not_there_is_not_found(Handles { vault, .. }: Handles) {
    let halo = connection_id("halo");
    finds_none(&*vault, &halo, 1).await;
    put(&*vault, &halo, 1, SECRET).await;
    finds_none(&*vault, &halo, 2).await;
    vault.delete_below(&connection_id("nowhere"), 9).await.must("nothing there is no error");
}

async fn deleting_takes_the_older_generations_of_that_connection_alone(Handles { vault, again }: Handles) {
    let (halo, other) = (connection_id("halo"), connection_id("other"));
    for generation in [1, 2, 3, 10] {
        put(&*vault, &halo, generation, SECRET).await;
    }
    put(&*vault, &other, 1, "another's").await;
    vault.delete_below(&halo, 3).await.must("delete");
    for generation in [1, 2] {
        finds_none(&*vault, &halo, generation).await;
        finds_none(&*again, &halo, generation).await;
    }
    for generation in [3, 10] {
        reads(&*vault, &halo, generation, SECRET).await;
    }
    reads(&*vault, &other, 1, "another's").await;
    vault.delete_below(&halo, 11).await.must("delete the rest");
    vault.delete_below(&halo, 11).await.must("deleting again is no error");
    for generation in [3, 10] {
        finds_none(&*vault, &halo, generation).await;
    }
    put(&*vault, &halo, 11, SECRET).await;
    reads(&*vault, &halo, 11, SECRET).await;
}

async fn deleting_leaves_connections_alone_whose_ids_begin_alike(Handles { vault, .. }: Handles) {
    let (short, long) = (connection_id("a"), connection_id("a1"));
    put(&*vault, &short, 1, "one's").await;
    put(&*vault, &long, 1, "the other's").await;
    vault.delete_below(&short, 100).await.must("delete");
    finds_none(&*vault, &short, 1).await;
    reads(&*vault, &long, 1, "the other's").await;
}

async fn however_many_generations_there_were_none_is_left(Handles { vault, .. }: Handles) {
    let halo = connection_id("halo");
    let generations = [1, 2, 40, 99];
    for generation in generations {
        put(&*vault, &halo, generation, SECRET).await;
    }
    vault.delete_below(&halo, 100).await.must("delete");
    for generation in generations {
        finds_none(&*vault, &halo, generation).await;
    }
}

async fn an_id_that_leads_elsewhere_is_refused(Handles { vault, .. }: Handles) {
    for name in ["/../../escaped", "..", "a/b", "a.b"] {
        let escaping = connection_id(name);
        assert!(vault.put(&escaping, 1, &credentials(SECRET)).await.is_err(), "{name}");
        assert!(vault.get(&escaping, 1).await.is_err(), "{name}");
        assert!(vault.delete_below(&escaping, 2).await.is_err(), "{name}");
    }
}
