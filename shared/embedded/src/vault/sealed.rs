//! The form of an encrypted secret: `PSBV`, a version, the id of the key, a nonce, and the ciphertext of
//! XChaCha20-Poly1305. The connection and the generation are authenticated with it, so that no secret can be passed off
//! as another's.

use super::VaultKey;
use chacha20poly1305::{
    KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};
use psa_bridge_core::{ids::ConnectionId, ports::VaultError};
use secrecy::zeroize::Zeroizing;

const MAGIC: &[u8; 4] = b"PSBV";
const VERSION: u8 = 1;
const KEY_ID: usize = 8;
const NONCE: usize = 24;
const HEADER: usize = MAGIC.len() + 1 + KEY_ID;

/// Whose secret it is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Owner<'a> {
    pub(super) connection: &'a ConnectionId,
    pub(super) generation: u32,
}

impl Owner<'_> {
    /// Header and owner, so that none of it can be changed unnoticed.
    fn associated_data(self, header: &[u8]) -> Vec<u8> {
        [header, &self.generation.to_be_bytes(), self.connection.as_str().as_bytes()].concat()
    }
}

/// Encrypts.
pub(super) fn seal(key: &VaultKey, owner: Owner<'_>, secret: &[u8]) -> Result<Vec<u8>, VaultError> {
    let header = [MAGIC.as_slice(), &[VERSION], &key.id_bytes()].concat();
    // 192 random bits do not repeat, however many secrets there will be.
    let mut nonce = [0; NONCE];
    rand::fill(&mut nonce);
    let payload = Payload { msg: secret, aad: &owner.associated_data(&header) };
    let sealed = cipher(key).encrypt(&XNonce::from(nonce), payload).map_err(|_| VaultError::Unavailable {
        detail: "the secret could not be encrypted".to_owned(),
        source: None,
    })?;
    Ok([header.as_slice(), &nonce, &sealed].concat())
}

/// Decrypts, if it is this owner's, with this key, and as it was written.
pub(super) fn unseal(
    key: &VaultKey,
    owner: Owner<'_>,
    sealed: &[u8],
) -> Result<Zeroizing<Vec<u8>>, VaultError> {
    let (header, rest) = sealed.split_at_checked(HEADER).ok_or(VaultError::Unreadable)?;
    let (nonce, ciphertext) = rest.split_first_chunk::<NONCE>().ok_or(VaultError::Unreadable)?;
    let (form, key_id) = header.split_at(MAGIC.len() + 1);
    if form != [MAGIC.as_slice(), &[VERSION]].concat() {
        tracing::error!(connection = %owner.connection, "Secret of a form that is not known");
        return Err(VaultError::Unreadable);
    }
    if key_id != key.id_bytes() {
        tracing::error!(connection = %owner.connection, key = key.id(), "Secret encrypted with another key");
        return Err(VaultError::Unreadable);
    }
    let payload = Payload { msg: ciphertext, aad: &owner.associated_data(header) };
    cipher(key)
        .decrypt(&XNonce::from(*nonce), payload)
        .map(Zeroizing::new)
        .map_err(|_| VaultError::Unreadable)
}

/// Wipes its copy of the key when dropped.
fn cipher(key: &VaultKey) -> XChaCha20Poly1305 {
    XChaCha20Poly1305::new(key.bytes().into())
}
