//! Connections that can be cut for real, and a port that can be closed for real.
//!
//! A client must see what it would see on the Internet: a connection that is reset without an answer, or one that
//! can't be made at all.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use crate::faults::Outage;

/// A handle on the connection that a request came in by.
#[derive(Clone, Debug, Default)]
pub struct Wire(Arc<AtomicBool>);

impl Wire {
    /// From now on no byte leaves; the connection is reset as soon as an answer would be written.
    pub fn cut(&self) {
        self.0.store(true, Ordering::SeqCst);
    }

    fn is_cut(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}

impl Connected<IncomingStream<'_, OutageListener>> for Wire {
    fn connect_info(stream: IncomingStream<'_, OutageListener>) -> Self {
        stream.io().wire.clone()
    }
}

/// A connection that obeys its [`Wire`].
pub struct CuttableStream {
    stream: TcpStream,
    wire: Wire,
}

impl CuttableStream {
    fn check(&self) -> io::Result<()> {
        if self.wire.is_cut() {
            // With a linger of zero, closing sends a reset instead of a farewell.
            self.stream.set_zero_linger()?;
            return Err(io::ErrorKind::ConnectionReset.into());
        }
        Ok(())
    }
}

impl AsyncRead for CuttableStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl AsyncWrite for CuttableStream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.check()?;
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.check()?;
        Pin::new(&mut self.stream).poll_write_vectored(cx, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.check()?;
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.check()?;
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

/// Accepts connections, save in an outage that refuses them: then the port is closed.
pub struct OutageListener {
    listener: Option<TcpListener>,
    address: SocketAddr,
    outage: Option<watch::Receiver<Outage>>,
    open: watch::Sender<bool>,
}

impl OutageListener {
    /// Follows the outage, and tells by the other end of `open` whether the port is open.
    pub fn new(
        listener: TcpListener,
        outage: watch::Receiver<Outage>,
        open: watch::Sender<bool>,
    ) -> io::Result<Self> {
        let address = listener.local_addr()?;
        Ok(Self { listener: Some(listener), address, outage: Some(outage), open })
    }

    /// Knows no outage.
    pub fn always_open(listener: TcpListener) -> io::Result<Self> {
        let address = listener.local_addr()?;
        Ok(Self { listener: Some(listener), address, outage: None, open: watch::channel(true).0 })
    }

    /// Closes or opens the port as the outage wants it.
    async fn follow_outage(&mut self) {
        let refused =
            self.outage.as_mut().is_some_and(|outage| *outage.borrow_and_update() == Outage::Refused);
        if refused {
            self.listener = None;
        } else if self.listener.is_none() {
            match TcpListener::bind(self.address).await {
                Ok(listener) => self.listener = Some(listener),
                Err(error) => {
                    tracing::warn!(%error, address = %self.address, "Could not listen again");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                    return;
                }
            }
        }
        self.open.send_replace(!refused);
    }
}

/// Waits for the outage to change; for ever if nobody is left to change it.
async fn change(outage: &mut Option<watch::Receiver<Outage>>) {
    if let Some(receiver) = outage
        && receiver.changed().await.is_ok()
    {
        return;
    }
    std::future::pending::<()>().await;
}

impl Listener for OutageListener {
    type Io = CuttableStream;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        loop {
            self.follow_outage().await;
            let Some(listener) = &self.listener else {
                if !*self.open.borrow() {
                    change(&mut self.outage).await;
                }
                continue;
            };
            tokio::select! {
                accepted = listener.accept() => match accepted {
                    Ok((stream, address)) => {
                        if let Err(error) = stream.set_nodelay(true) {
                            tracing::debug!(%error, "Could not switch Nagle's algorithm off");
                        }
                        return (CuttableStream { stream, wire: Wire::default() }, address);
                    }
                    Err(error) => {
                        tracing::warn!(%error, "Could not accept a connection");
                        tokio::time::sleep(Duration::from_millis(10)).await;
                    }
                },
                () = change(&mut self.outage) => {}
            }
        }
    }

    fn local_addr(&self) -> io::Result<Self::Addr> {
        Ok(self.address)
    }
}
