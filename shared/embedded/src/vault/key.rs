//! The key of the vault: 32 bytes from a file that its owner alone can read, or from the environment.

use data_encoding::{BASE64, BASE64_NOPAD, BASE64URL, BASE64URL_NOPAD, HEXLOWER_PERMISSIVE};
use secrecy::{
    ExposeSecret, SecretBox, SecretString,
    zeroize::{Zeroize, Zeroizing},
};
use sha2::{Digest, Sha256};
use std::{
    env, fmt, fs,
    io::{self, Read, Write},
    path::{Path, PathBuf},
};
use thiserror::Error;

/// Bytes of a key.
const LENGTH: usize = 32;
/// More than any key file has.
const MAX_FILE: u64 = 4096;

/// The key of a vault. `Debug` shows its id alone; the bytes are wiped when it is dropped.
pub struct VaultKey {
    bytes: SecretBox<[u8; LENGTH]>,
    id: [u8; 8],
}

/// Why there is no key.
#[derive(Debug, Error)]
pub enum KeyError {
    /// The file cannot be read or made.
    #[error("the key file {path} cannot be used: {source}")]
    File {
        /// Which.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Others can read the file.
    #[error("others can read the key file {path} (mode {mode:03o}): run `chmod 600 {path}`")]
    Readable {
        /// Which.
        path: PathBuf,
        /// Its permissions.
        mode: u32,
    },
    /// The file is another user's, who could change it.
    #[error(
        "the key file {path} belongs to user {owner}, and this program runs as user {user}: run \
         `chown {user} {path}` and `chmod 600 {path}`"
    )]
    Foreign {
        /// Which.
        path: PathBuf,
        /// Whose it is.
        owner: u32,
        /// Whose it should be.
        user: u32,
    },
    /// Not a key.
    #[error("{place} holds no key: it must be 32 bytes, as base64 or as 64 hexadecimal digits")]
    Malformed {
        /// Where it was looked for.
        place: String,
    },
    /// The variable is not set.
    #[error("the environment variable {0} is not set")]
    NotSet(String),
}

impl VaultKey {
    /// The key in a file, if nobody else can read it.
    pub fn from_file(path: &Path) -> Result<Self, KeyError> {
        let unusable = |source| KeyError::File { path: path.to_owned(), source };
        let file = fs::File::open(path).map_err(unusable)?;
        // The open file is asked, so that it cannot be exchanged between the look and the read.
        check_owner(path, &file)?;
        let mut text = Zeroizing::new(String::with_capacity(256));
        file.take(MAX_FILE).read_to_string(&mut text).map_err(unusable)?;
        Self::parse(&text)
            .ok_or_else(|| KeyError::Malformed { place: format!("the key file {}", path.display()) })
    }

    /// The key in an environment variable.
    pub fn from_env(variable: &str) -> Result<Self, KeyError> {
        let text = env::var(variable).map_err(|_| KeyError::NotSet(variable.to_owned()))?;
        let text = Zeroizing::new(text);
        let place = || format!("the environment variable {variable}");
        Self::parse(&text).ok_or_else(|| KeyError::Malformed { place: place() })
    }

    /// The key in a text that was come by otherwise.
    pub fn from_text(text: &SecretString) -> Result<Self, KeyError> {
        Self::parse(text.expose_secret()).ok_or_else(|| KeyError::Malformed { place: "the text".to_owned() })
    }

    /// Tells keys apart without telling anything of them.
    pub fn id(&self) -> String {
        HEXLOWER_PERMISSIVE.encode(&self.id)
    }

    pub(super) fn id_bytes(&self) -> [u8; 8] {
        self.id
    }

    pub(super) fn bytes(&self) -> &[u8; LENGTH] {
        self.bytes.expose_secret()
    }

    fn parse(text: &str) -> Option<Self> {
        let text = text.trim().as_bytes();
        let mut decoded = [&HEXLOWER_PERMISSIVE, &BASE64, &BASE64_NOPAD, &BASE64URL, &BASE64URL_NOPAD]
            .into_iter()
            .filter_map(|encoding| encoding.decode(text).ok())
            .map(Zeroizing::new)
            .find(|bytes| bytes.len() == LENGTH)?;
        let bytes = SecretBox::init_with_mut(|key: &mut [u8; LENGTH]| key.copy_from_slice(&decoded));
        decoded.zeroize();
        Some(Self::new(bytes))
    }

    fn new(bytes: SecretBox<[u8; LENGTH]>) -> Self {
        let hash = Sha256::new_with_prefix(b"psa-bridge vault key id")
            .chain_update(bytes.expose_secret())
            .finalize();
        let mut id = [0; 8];
        id.copy_from_slice(&hash[..8]);
        Self { bytes, id }
    }
}

impl fmt::Debug for VaultKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VaultKey").field("id", &self.id()).finish_non_exhaustive()
    }
}

/// Makes a file with a new key, for its owner alone. Never overwrites one: that would lose what it encrypted.
pub fn generate_key_file(path: &Path) -> Result<VaultKey, KeyError> {
    let bytes = SecretBox::init_with_mut(|key: &mut [u8; LENGTH]| rand::fill(key));
    let text = Zeroizing::new(format!("{}\n", BASE64.encode(bytes.expose_secret())));
    write_new(path, &text).map_err(|source| KeyError::File { path: path.to_owned(), source })?;
    Ok(VaultKey::new(bytes))
}

fn write_new(path: &Path, text: &str) -> io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

#[cfg(unix)]
fn check_owner(path: &Path, file: &fs::File) -> Result<(), KeyError> {
    use std::os::unix::fs::MetadataExt;
    let metadata = file.metadata().map_err(|source| KeyError::File { path: path.to_owned(), source })?;
    let mode = metadata.mode() & 0o777;
    if mode & 0o077 != 0 {
        return Err(KeyError::Readable { path: path.to_owned(), mode });
    }
    let user = rustix::process::geteuid().as_raw();
    if metadata.uid() != user {
        return Err(KeyError::Foreign { path: path.to_owned(), owner: metadata.uid(), user });
    }
    Ok(())
}

#[cfg(not(unix))]
fn check_owner(_path: &Path, _file: &fs::File) -> Result<(), KeyError> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    fn key_file(mode: u32, text: &str) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("vault.key");
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        (folder, path)
    }

    const HEX: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
    const BASE64_TEXT: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

    #[test]
    fn a_generated_key_file_is_private_and_read_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("vault.key");
        let made = generate_key_file(&path).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(VaultKey::from_file(&path).unwrap().bytes(), made.bytes());
    }

    #[test]
    fn two_generated_keys_differ_and_an_old_one_is_never_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let (first, second) = (folder.path().join("1"), folder.path().join("2"));
        let made = generate_key_file(&first).unwrap();
        assert_ne!(made.bytes(), generate_key_file(&second).unwrap().bytes());
        assert!(matches!(generate_key_file(&first), Err(KeyError::File { .. })));
        assert_eq!(VaultKey::from_file(&first).unwrap().bytes(), made.bytes());
    }

    #[test]
    fn a_key_file_that_others_can_read_is_refused_with_the_fix() {
        for mode in [0o640, 0o604, 0o644, 0o660, 0o610, 0o601] {
            let (_folder, path) = key_file(mode, HEX);
            let error = VaultKey::from_file(&path).unwrap_err();
            assert!(matches!(error, KeyError::Readable { .. }), "{mode:o}: {error}");
            assert!(error.to_string().contains(&format!("chmod 600 {}", path.display())), "{error}");
        }
        for mode in [0o600, 0o400] {
            let (_folder, path) = key_file(mode, HEX);
            assert!(VaultKey::from_file(&path).is_ok(), "{mode:o}");
        }
    }

    #[test]
    fn a_key_file_of_another_user_is_refused() {
        let (_folder, path) = key_file(0o600, HEX);
        // Only root can give a file away; without it there is nothing to test.
        if std::os::unix::fs::chown(&path, Some(65_534), None).is_ok() {
            let error = VaultKey::from_file(&path).unwrap_err();
            assert!(matches!(error, KeyError::Foreign { owner: 65_534, .. }), "{error}");
            assert!(error.to_string().contains("chmod 600"), "{error}");
        }
    }

    #[test]
    fn hexadecimal_and_base64_are_the_same_key() {
        for text in
            [HEX.to_owned(), HEX.to_uppercase(), BASE64_TEXT.to_owned(), format!("\n {BASE64_TEXT}\n")]
        {
            let key = VaultKey::from_text(&text.into()).unwrap();
            assert_eq!(key.bytes()[..3], [0, 1, 2]);
        }
    }

    #[test]
    fn anything_but_32_bytes_is_no_key_and_is_not_shown() {
        for text in ["", "hunter2", &HEX[2..], &format!("{HEX}00"), &BASE64_TEXT[4..]] {
            let error = VaultKey::from_text(&text.to_owned().into()).unwrap_err();
            assert!(matches!(error, KeyError::Malformed { .. }));
            assert!(text.is_empty() || !error.to_string().contains(text), "{error}");
        }
    }

    #[test]
    fn debug_shows_no_key() {
        let key = VaultKey::from_text(&HEX.to_owned().into()).unwrap();
        let shown = format!("{key:?}");
        assert!(shown.contains(&key.id()) && !shown.contains("0102") && !shown.contains("1, 2"), "{shown}");
    }
}
