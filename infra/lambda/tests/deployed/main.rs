//! The stack as it is deployed: `template.yaml` and the bootstraps on an emulator of AWS, spoken to over HTTP and SQS.

#![cfg(test)]

mod api;
mod calls;
mod door;
mod emulator;
mod front;
mod issuer;
mod kills;
mod main_job;
mod stack;
