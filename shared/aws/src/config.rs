//! How all clients of AWS are made: the same way out, time limits and repeats, from the environment that a function runs in.

use crate::http::http_client;
use aws_config::{
    BehaviorVersion, Region, SdkConfig, environment::EnvironmentVariableCredentialsProvider,
    retry::RetryConfig, timeout::TimeoutConfig,
};
use aws_sdk_dynamodb::config::SharedCredentialsProvider;
use std::{env, time::Duration};

/// Longest time to make a connection. Within a region it takes a few milliseconds.
const CONNECT: Duration = Duration::from_secs(2);
/// Longest time for one try of a call. Lost packets are noticed in time for another.
const ATTEMPT: Duration = Duration::from_secs(5);
/// Longest time for a call, its repeats and their waits included.
const OPERATION: Duration = Duration::from_secs(15);
/// How often a call is tried that failed in passing: throttled, or without an answer.
const TRIES: u32 = 5;
/// The first wait before a repeat is up to this long; each further one up to twice the one before.
const BACKOFF: Duration = Duration::from_millis(100);

/// What clients are made from: region, credentials and endpoint as Lambda sets them in the environment, and from nowhere else:
/// what looks in files, at other services and in the instance's metadata is a tenth of a function that is never used there.
/// Makes no call, and no client: each function makes those that it uses, since every one costs time at a cold start.
pub fn sdk_config() -> SdkConfig {
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(CONNECT)
        .operation_attempt_timeout(ATTEMPT)
        .operation_timeout(OPERATION)
        .build();
    let retries = RetryConfig::standard().with_max_attempts(TRIES).with_initial_backoff(BACKOFF);
    let credentials = EnvironmentVariableCredentialsProvider::new();
    let mut config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(env::var("AWS_REGION").ok().map(Region::new))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .http_client(http_client())
        .timeout_config(timeouts)
        .retry_config(retries);
    config.set_endpoint_url(env::var("AWS_ENDPOINT_URL").ok());
    config.build()
}
