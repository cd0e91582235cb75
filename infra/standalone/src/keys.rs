//! Secrets of this machine that are made at the first start: files that nobody else may read.

use data_encoding::HEXLOWER_PERMISSIVE;
use psa_connector::{Random, SystemRandom};
use std::{
    fs::{self, OpenOptions},
    io::{self, Write},
    os::unix::fs::{MetadataExt, OpenOptionsExt},
    path::{Path, PathBuf},
};
use thiserror::Error;

/// A secret file cannot be used.
#[derive(Debug, Error)]
pub enum SecretFileError {
    /// It cannot be read or made.
    #[error("the key file {path} cannot be used: {source}")]
    File {
        /// Which.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Others can read it.
    #[error("the key file {path} can be read by others: run `chmod 600 {path}`")]
    Exposed {
        /// Which.
        path: PathBuf,
    },
    /// Not a key.
    #[error("the key file {path} does not hold 32 bytes in hexadecimal digits")]
    Malformed {
        /// Which.
        path: PathBuf,
    },
}

/// The 32 bytes of a file; made where it is missing.
pub fn read_or_make(path: &Path) -> Result<[u8; 32], SecretFileError> {
    let file_error = |source| SecretFileError::File { path: path.to_owned(), source };
    match make(path) {
        Ok(secret) => return Ok(secret),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        Err(error) => return Err(file_error(error)),
    }
    let mode = fs::metadata(path).map_err(file_error)?.mode();
    if mode & 0o077 != 0 {
        return Err(SecretFileError::Exposed { path: path.to_owned() });
    }
    let text = fs::read_to_string(path).map_err(file_error)?;
    let bytes = HEXLOWER_PERMISSIVE.decode(text.trim().as_bytes()).ok();
    bytes
        .and_then(|bytes| bytes.try_into().ok())
        .ok_or_else(|| SecretFileError::Malformed { path: path.to_owned() })
}

fn make(path: &Path) -> io::Result<[u8; 32]> {
    let mut secret = [0; 32];
    SystemRandom.fill(&mut secret);
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    writeln!(file, "{}", HEXLOWER_PERMISSIVE.encode(&secret))?;
    file.sync_all()?;
    Ok(secret)
}
