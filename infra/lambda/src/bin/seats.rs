//! The bootstrap of the seats function.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    psa_bridge_lambda::functions::seats::run().await
}
