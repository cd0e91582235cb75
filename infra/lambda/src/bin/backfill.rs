//! The bootstrap of the backfill function.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    psa_bridge_lambda::functions::backfill::run().await
}
