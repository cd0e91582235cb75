//! `psa-bridge serve`.

use crate::{
    app::{self, App},
    config::Settings,
    logging,
};
use std::{
    error::Error,
    io::{Write, stdout},
    path::Path,
    process::ExitCode,
};
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

/// Runs the bridge until SIGTERM or SIGINT.
pub async fn run(config: Option<&Path>) -> Result<ExitCode, Box<dyn Error>> {
    let mut settings = Settings::load(config)?;
    logging::start(&settings.log)?;
    let listener = app::listen(&settings).await?;
    let address = listener.local_addr()?;
    // Whoever asks for a free port is to be told of the one that it became.
    settings.server.listen = address;
    let bridge = App::open(&settings).await?;
    let stop = CancellationToken::new();
    stop_on_signal(&stop)?;
    info!(%address, data = %settings.data.folder.display(), "PSA Bridge is ready");
    // For whoever started it on a free port. Nobody there to read it, or no room for it, is no reason not to serve.
    if let Err(error) = writeln!(stdout(), "listening on http://{address}") {
        warn!(%error, "Standard output cannot be written");
    }
    bridge.run(listener, stop).await?;
    Ok(ExitCode::SUCCESS)
}

/// Cancels `stop` at the first SIGTERM or SIGINT.
pub fn stop_on_signal(stop: &CancellationToken) -> std::io::Result<()> {
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let stop = stop.clone();
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        stop.cancel();
    });
    Ok(())
}
