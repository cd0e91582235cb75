//! The ports of the domain on AWS.

mod bell;
mod calls;
mod config;
mod dynamo;
mod events;
mod failure;
mod http;
mod mail;
mod vault;

pub use bell::SqsBell;
pub use calls::CallCounter;
pub use config::sdk_config;
pub use dynamo::{DynamoError, DynamoStore, PAGE, TOGETHER, TableDefinition};
pub use events::{BusSender, SOURCE};
pub use http::http_client;
pub use mail::{SesMailer, SesSenderError};
pub use vault::SecretsManagerVault;
