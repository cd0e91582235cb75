//! The functions as AWS Lambda runs them: what is asked of them comes as an invocation, who is calling from the gateway, and
//! their time is bounded. Everything else is the functions' own libraries, on the ports of `psa-bridge-aws`.

mod api;
mod env;
pub mod functions;
mod gauges;
mod home;
mod identity;
mod logging;
mod nudge;
mod records;
mod senders;
mod settings;
mod time;
mod together;
