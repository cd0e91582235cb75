//! The vault in Secrets Manager and the mails through SES: on the emulator, and on servers that answer as AWS does where
//! the emulator cannot.

#![expect(clippy::unwrap_used, reason = "a test whose set-up fails has failed")]

mod answering;
#[path = "../support/emulator.rs"]
mod emulator;
mod mail;
mod vault;
