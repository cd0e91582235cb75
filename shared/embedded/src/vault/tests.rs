//! What comes out of the vault is what went in, with the same key, for the same connection and generation; or nothing.

use super::{FileVault, VaultKey, generate_key_file};
use psa_bridge_core::{
    ids::ConnectionId,
    ports::{Vault, VaultError},
    suite::vault::{Handles, SECRET, cases, credentials, secret},
};
use std::{fs, os::unix::fs::PermissionsExt, path::PathBuf, sync::Arc};
use tempfile::TempDir;

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

#[tokio::test]
async fn the_vault_passes_every_case_of_the_suite() {
    for case in cases() {
        let w = World::new();
        let again = FileVault::open(w.folder.path().join("vault"), key(&w.folder, "key")).unwrap();
        case.run(Handles { vault: Arc::new(w.vault.clone()), again: Arc::new(again) }).await;
    }
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
async fn nothing_is_left_of_a_connection_not_even_what_a_crash_left() {
    let w = World::new();
    let halo = connection("halo");
    w.vault.put(&halo, 2, &credentials(SECRET)).await.unwrap();
    fs::write(w.file(&halo, 2).with_extension("new"), "what a crash left").unwrap();
    w.vault.delete_below(&halo, u32::MAX).await.unwrap();
    assert!(!w.file(&halo, 2).parent().unwrap().exists());
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
async fn an_id_that_leads_out_of_the_folder_writes_nothing() {
    let w = World::new();
    for name in ["/../../escaped", "..", "a/b", "a.b"] {
        let escaping = connection(name);
        w.vault.put(&escaping, 1, &credentials(SECRET)).await.unwrap_err();
    }
    assert_eq!(fs::read_dir(w.folder.path().join("vault")).unwrap().count(), 0);
}
