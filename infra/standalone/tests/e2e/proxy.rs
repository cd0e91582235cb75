//! A network that can be cut and slowed: a proxy through which a bridge reaches a PSA. It knows bytes alone, no HTTP.

use rand::{RngExt, SeedableRng, rngs::SmallRng};
use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
    sync::{
        Arc, OnceLock,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpSocket, TcpStream},
    sync::watch,
    task::{JoinHandle, JoinSet},
};

/// What becomes of what is sent over it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Network {
    /// It arrives.
    Up,
    /// Nobody can connect, and who was connected is cut off.
    Refused,
    /// A request ends in the middle: the PSA never has all of it.
    RequestCut,
    /// An answer ends in the middle: the PSA has done what it was asked.
    AnswerCut,
    /// A request vanishes, and the connection stays.
    RequestSwallowed,
    /// An answer vanishes, and the connection stays: the PSA has done what it was asked.
    AnswerSwallowed,
    /// It arrives in drops.
    Slow,
}

/// The pieces that a slow network makes of what is sent at once, and the wait between them.
const DROPS: usize = 20;
const BETWEEN_DROPS: Duration = Duration::from_millis(10);

/// A running proxy; it ends when dropped.
pub struct Proxy {
    origin: String,
    network: watch::Sender<Network>,
    line: Line,
    serving: JoinHandle<()>,
}

/// What all connections of a proxy share.
#[derive(Clone)]
struct Line {
    psa: Arc<OnceLock<SocketAddr>>,
    struck: Arc<AtomicUsize>,
}

impl Proxy {
    /// Listens on a free port. Where it leads to is said later.
    pub fn start() -> Self {
        // Bound and never listening, it keeps others off the port while nobody can connect.
        let kept = bound(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).unwrap();
        let address = kept.local_addr().unwrap();
        let (network, changes) = watch::channel(Network::Up);
        let line = Line { psa: Arc::default(), struck: Arc::default() };
        let serving = tokio::spawn(serve(kept, changes, line.clone()));
        Self { origin: format!("http://{address}"), network, line, serving }
    }

    /// Its origin.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// Leads to this PSA from now on.
    pub fn lead_to(&self, psa: SocketAddr) {
        self.line.psa.set(psa).expect("it leads nowhere yet");
    }

    /// What becomes of all that is sent from now on.
    pub fn set(&self, network: Network) {
        self.network.send_replace(network);
    }

    /// How often something was sent that did not arrive as it should.
    pub fn struck(&self) -> usize {
        self.line.struck.load(Ordering::SeqCst)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

fn bound(address: SocketAddr) -> io::Result<TcpSocket> {
    let socket = TcpSocket::new_v4()?;
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    Ok(socket)
}

async fn serve(kept: TcpSocket, mut network: watch::Receiver<Network>, line: Line) {
    let address = kept.local_addr().unwrap();
    let mut connections = JoinSet::new();
    let mut door: Option<TcpListener> = None;
    loop {
        if *network.borrow_and_update() == Network::Refused {
            door = None;
        } else if door.is_none() {
            door = Some(bound(address).and_then(|socket| socket.listen(1024)).unwrap());
        }
        tokio::select! {
            accepted = accept(door.as_ref()) => {
                connections.spawn(line.clone().carry(accepted.unwrap(), network.clone()));
            }
            changed = network.changed() => if changed.is_err() { return },
        }
    }
}

async fn accept(door: Option<&TcpListener>) -> io::Result<TcpStream> {
    match door {
        Some(door) => door.accept().await.map(|(client, _)| client),
        None => std::future::pending().await,
    }
}

impl Line {
    /// Carries a connection's bytes for as long as the network lets it.
    async fn carry(self, mut client: TcpStream, mut network: watch::Receiver<Network>) {
        let Some(psa) = self.psa.get() else { return };
        let Ok(mut psa) = TcpStream::connect(psa).await else { return };
        client.set_nodelay(true).unwrap();
        psa.set_nodelay(true).unwrap();
        // Whoever finds the other end gone has nothing left to carry.
        if self.carry_between(&mut client, &mut psa, &mut network).await.is_err() {
            client.set_zero_linger().unwrap();
        }
    }

    async fn carry_between(
        &self,
        client: &mut TcpStream,
        psa: &mut TcpStream,
        network: &mut watch::Receiver<Network>,
    ) -> io::Result<()> {
        let (mut request, mut answer) = (vec![0; 16_384], vec![0; 16_384]);
        loop {
            tokio::select! {
                read = client.read(&mut request) => {
                    let request = &request[..read?];
                    let now = *network.borrow();
                    match now {
                        _ if request.is_empty() => return Ok(()),
                        Network::RequestCut => return self.cut(psa, request).await,
                        Network::RequestSwallowed => return self.swallow(client).await,
                        Network::Slow => self.drip(psa, request).await?,
                        _ => psa.write_all(request).await?,
                    }
                }
                read = psa.read(&mut answer) => {
                    let answer = &answer[..read?];
                    let now = *network.borrow();
                    match now {
                        _ if answer.is_empty() => return Ok(()),
                        Network::AnswerCut => return self.cut(client, answer).await,
                        Network::AnswerSwallowed => return self.swallow(client).await,
                        Network::Slow => self.drip(client, answer).await?,
                        _ => client.write_all(answer).await?,
                    }
                }
                changed = network.changed() => {
                    if changed.is_err() || *network.borrow_and_update() == Network::Refused {
                        return Err(io::ErrorKind::ConnectionReset.into());
                    }
                }
            }
        }
    }

    fn strike(&self) -> usize {
        self.struck.fetch_add(1, Ordering::SeqCst)
    }

    /// Lets a part of it through, none or more but never all.
    async fn cut(&self, to: &mut TcpStream, bytes: &[u8]) -> io::Result<()> {
        let strike = u64::try_from(self.strike()).unwrap();
        let some = SmallRng::seed_from_u64(strike).random_range(0..bytes.len());
        to.write_all(&bytes[..some]).await?;
        to.flush().await?;
        Err(io::ErrorKind::ConnectionReset.into())
    }

    /// Waits until the client has hung up.
    async fn swallow(&self, client: &mut TcpStream) -> io::Result<()> {
        self.strike();
        let mut nothing = [0; 1024];
        while client.read(&mut nothing).await? > 0 {}
        Ok(())
    }

    async fn drip(&self, to: &mut TcpStream, bytes: &[u8]) -> io::Result<()> {
        self.strike();
        for drop in bytes.chunks(bytes.len().div_ceil(DROPS)) {
            to.write_all(drop).await?;
            tokio::time::sleep(BETWEEN_DROPS).await;
        }
        Ok(())
    }
}
