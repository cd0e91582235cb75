//! What comes out of the vault is what went in, with the same key, for the same connection and generation; or nothing.

use super::{FileVault, VaultKey, generate_key_file};
use psa_bridge_core::{
    ids::ConnectionId,
    ports::{Vault, VaultError},
};
use psa_connector::Credentials;
use secrecy::ExposeSecret;
use std::{fs, os::unix::fs::PermissionsExt, path::PathBuf};
use tempfile::TempDir;

const SECRET: &str = "hunter2 \"größer\" \u{1f511}\n";

struct World {
    folder: TempDir,
    vault: FileVault,
}

impl World {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        generate_key_file(&folder.path().join("key")).unwrap();
        let vault = FileVault::open(folder.path().join("vault"), key(&folder, "key")).unwrap();
        Self { folder, vault }
    }

    fn file(&self, connection: &ConnectionId, generation: u32) -> PathBuf {
        self.folder.path().join("vault").join(connection.as_str()).join(generation.to_string())
    }
}

fn key(folder: &TempDir, name: &str) -> VaultKey {
    VaultKey::from_file(&folder.path().join(name)).unwrap()
}

fn connection(name: &str) -> ConnectionId {
    format!("con_{name}").parse().unwrap()
}

fn credentials(secret: &str) -> Credentials {
    Credentials::new().with("client_id", "an id").with("client_secret", secret)
}

async fn secret(vault: &FileVault, connection: &ConnectionId, generation: u32) -> Result<String, VaultError> {
    let credentials = vault.get(connection, generation).await?;
    Ok(credentials.get("client_secret").unwrap().expose_secret().to_owned())
}

#[tokio::test]
async fn what_was_put_is_read_back_also_after_a_restart() {
    let w = World::new();
    let halo = connection("halo");
    w.vault.put(&halo, 1, &credentials(SECRET)).await.unwrap();
    assert_eq!(secret(&w.vault, &halo, 1).await.unwrap(), SECRET);
    let again = FileVault::open(w.folder.path().join("vault"), key(&w.folder, "key")).unwrap();
    assert_eq!(secret(&again, &halo, 1).await.unwrap(), SECRET);
    assert_eq!(again.get(&halo, 1).await.unwrap().fields().count(), 2);
}

#[tokio::test]
async fn putting_again_overwrites_what_a_failed_connect_left() {
    let w = World::new();
    let halo = connection("halo");
    w.vault.put(&halo, 2, &credentials("left behind, and longer than what comes")).await.unwrap();
    w.vault.put(&halo, 2, &credentials("new")).await.unwrap();
    assert_eq!(secret(&w.vault, &halo, 2).await.unwrap(), "new");
}

#[tokio::test]
async fn what_is_not_there_is_not_found() {
    let w = World::new();
    let halo = connection("halo");
    assert!(matches!(w.vault.get(&halo, 1).await, Err(VaultError::NotFound)));
    w.vault.put(&halo, 1, &credentials(SECRET)).await.unwrap();
    assert!(matches!(w.vault.get(&halo, 2).await, Err(VaultError::NotFound)));
    w.vault.delete_below(&connection("nowhere"), 9).await.unwrap();
}

#[tokio::test]
async fn no_file_shows_the_secret_nor_can_be_read_by_others() {
    let w = World::new();
    let halo = connection("halo");
    w.vault.put(&halo, 1, &credentials(SECRET)).await.unwrap();
    let file = w.file(&halo, 1);
    let content = fs::read(&file).unwrap();
    for shown in ["hunter2", "client_secret", "an id"] {
        assert!(!content.windows(shown.len()).any(|window| window == shown.as_bytes()), "{shown}");
    }
    let mode = |path: &std::path::Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&file), 0o600);
    assert_eq!(mode(file.parent().unwrap()), 0o700);
    assert_eq!(mode(&w.folder.path().join("vault")), 0o700);
}

#[tokio::test]
async fn the_same_secret_never_looks_the_same_twice() {
    let w = World::new();
    let halo = connection("halo");
    w.vault.put(&halo, 1, &credentials(SECRET)).await.unwrap();
    let first = fs::read(w.file(&halo, 1)).unwrap();
    w.vault.put(&halo, 1, &credentials(SECRET)).await.unwrap();
    assert_ne!(fs::read(w.file(&halo, 1)).unwrap(), first);
}

#[tokio::test]
async fn one_changed_bit_anywhere_makes_it_unreadable() {
    let w = World::new();
    let halo = connection("halo");
    w.vault.put(&halo, 1, &credentials(SECRET)).await.unwrap();
    let file = w.file(&halo, 1);
    let whole = fs::read(&file).unwrap();
    for position in 0..whole.len() {
        let mut changed = whole.clone();
        changed[position] ^= 1;
        fs::write(&file, &changed).unwrap();
        assert!(matches!(w.vault.get(&halo, 1).await, Err(VaultError::Unreadable)), "byte {position}");
    }
    for length in [0, 3, 13, 36, whole.len() - 1] {
        fs::write(&file, &whole[..length]).unwrap();
        assert!(matches!(w.vault.get(&halo, 1).await, Err(VaultError::Unreadable)), "{length} bytes");
    }
    fs::write(&file, &whole).unwrap();
    assert_eq!(secret(&w.vault, &halo, 1).await.unwrap(), SECRET);
}

#[tokio::test]
async fn a_secret_cannot_be_passed_off_as_another_connections_or_generations() {
    let w = World::new();
    let (halo, other) = (connection("halo"), connection("other"));
    w.vault.put(&halo, 1, &credentials(SECRET)).await.unwrap();
    w.vault.put(&halo, 2, &credentials("newer")).await.unwrap();
    w.vault.put(&other, 1, &credentials("another's")).await.unwrap();
    for (connection, generation) in [(&other, 1), (&halo, 2)] {
        fs::copy(w.file(&halo, 1), w.file(connection, generation)).unwrap();
        let read = w.vault.get(connection, generation).await;
        assert!(matches!(read, Err(VaultError::Unreadable)), "{connection} {generation}");
    }
}

#[tokio::test]
async fn another_key_reads_nothing() {
    let w = World::new();
    let halo = connection("halo");
    w.vault.put(&halo, 1, &credentials(SECRET)).await.unwrap();
    generate_key_file(&w.folder.path().join("other key")).unwrap();
    let other = FileVault::open(w.folder.path().join("vault"), key(&w.folder, "other key")).unwrap();
    assert!(matches!(other.get(&halo, 1).await, Err(VaultError::Unreadable)));
}

#[tokio::test]
async fn deleting_takes_the_older_generations_of_that_connection_alone() {
    let w = World::new();
    let (halo, other) = (connection("halo"), connection("other"));
    for generation in [1, 2, 3, 10] {
        w.vault.put(&halo, generation, &credentials(SECRET)).await.unwrap();
    }
    w.vault.put(&other, 1, &credentials("another's")).await.unwrap();
    fs::write(w.file(&halo, 2).with_extension("new"), "what a crash left").unwrap();
    w.vault.delete_below(&halo, 3).await.unwrap();
    for generation in [1, 2] {
        assert!(matches!(w.vault.get(&halo, generation).await, Err(VaultError::NotFound)), "{generation}");
    }
    for generation in [3, 10] {
        assert_eq!(secret(&w.vault, &halo, generation).await.unwrap(), SECRET);
    }
    assert_eq!(secret(&w.vault, &other, 1).await.unwrap(), "another's");
    w.vault.delete_below(&halo, u32::MAX).await.unwrap();
    assert!(!w.file(&halo, 1).parent().unwrap().exists(), "nothing is left, not even what a crash left");
    w.vault.put(&halo, 11, &credentials(SECRET)).await.unwrap();
    assert_eq!(secret(&w.vault, &halo, 11).await.unwrap(), SECRET);
}

#[tokio::test]
async fn what_is_deleted_was_overwritten_before() {
    let w = World::new();
    let halo = connection("halo");
    w.vault.put(&halo, 1, &credentials(SECRET)).await.unwrap();
    // Another name for the same bytes on the disk.
    let kept = w.folder.path().join("kept");
    fs::hard_link(w.file(&halo, 1), &kept).unwrap();
    w.vault.delete_below(&halo, 2).await.unwrap();
    assert!(fs::read(&kept).unwrap().iter().all(|byte| *byte == 0));
}

#[tokio::test]
async fn an_id_that_leads_out_of_the_folder_is_refused() {
    let w = World::new();
    for name in ["/../../escaped", "..", "a/b", "a.b"] {
        let escaping = connection(name);
        assert!(w.vault.put(&escaping, 1, &credentials(SECRET)).await.is_err(), "{name}");
        assert!(w.vault.get(&escaping, 1).await.is_err(), "{name}");
    }
    assert_eq!(fs::read_dir(w.folder.path().join("vault")).unwrap().count(), 0);
}
