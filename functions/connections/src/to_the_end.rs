//! What changes something is done to its end, also when the caller hangs up or the answer takes too long: half of a
//! revocation would leave a secret behind.

use crate::refusal::Refusal;
use psa_bridge_core::usecases::connections::ConnectionsError;
use psa_bridge_http::Problem;
use std::future::Future;
use tracing::Instrument;

/// Does `work` whether or not anybody waits for what comes of it.
pub(crate) async fn to_the_end<T: Send + 'static>(
    work: impl Future<Output = Result<T, ConnectionsError>> + Send + 'static,
) -> Result<T, Refusal> {
    match tokio::spawn(work.in_current_span()).await {
        Ok(done) => Ok(done?),
        Err(failed) if failed.is_panic() => std::panic::resume_unwind(failed.into_panic()),
        Err(cancelled) => {
            tracing::error!(error = %cancelled, "The process ends while a change is made");
            Err(Problem::internal().into())
        }
    }
}
