//! The vault of one machine: credentials in small encrypted files, apart from the database, so that a copy of the one is
//! of no use and the other has nothing to hide.

mod file_vault;
mod key;
mod sealed;

pub use file_vault::FileVault;
pub use key::{KeyError, VaultKey, generate_key_file};

#[cfg(test)]
mod tests;
