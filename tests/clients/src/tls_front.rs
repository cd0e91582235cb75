//! A proxy that plays a PSA's public host: libraries reach it by the ordinary proxy settings and trust its authority by
//! the ordinary setting for that, as they do in an office whose network inspects TLS. So a library that builds
//! `https://<tenant>.<the PSA's domain>` by itself runs unchanged against a simulator on this machine.

use std::io::{self, Write};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, KeyUsagePurpose};
use tempfile::NamedTempFile;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufStream, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

/// Why the front could not be put up.
#[derive(Debug, thiserror::Error)]
pub enum FrontError {
    /// The host is no host name, or a certificate could not be made for it.
    #[error("no certificate for {host}: {source}")]
    Certificate {
        /// The host.
        host: String,
        /// Why.
        source: rcgen::Error,
    },
    /// TLS does not take the certificate.
    #[error("TLS could not be set up: {0}")]
    Tls(#[from] tokio_rustls::rustls::Error),
    /// No port, or no place for the authority's certificate.
    #[error("{0}")]
    Io(#[from] io::Error),
}

/// A running front; it ends when it is dropped.
#[derive(Debug)]
pub struct TlsFront {
    address: SocketAddr,
    authority: NamedTempFile,
    task: JoinHandle<()>,
}

impl TlsFront {
    /// Stands in for `https://<host>` and passes all that is sent there on to `backend`. Other hosts do not exist
    /// behind it.
    pub async fn start(host: &str, backend: SocketAddr) -> Result<Self, FrontError> {
        let certificate = |source| FrontError::Certificate { host: host.to_owned(), source };
        let authority = issuer().map_err(certificate)?;
        let key = KeyPair::generate().map_err(certificate)?;
        let of_host = CertificateParams::new(vec![host.to_owned()])
            .and_then(|mut parameters| {
                parameters.use_authority_key_identifier_extension = true;
                parameters.signed_by(&key, &authority)
            })
            .map_err(certificate)?;
        let tls = ServerConfig::builder().with_no_client_auth().with_single_cert(
            vec![of_host.der().clone()],
            PrivateKeyDer::Pkcs8(key.serialize_der().into()),
        )?;
        let mut file = NamedTempFile::new()?;
        file.write_all(authority.pem().as_bytes())?;
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let route = Arc::new(Route { host: host.to_owned(), backend, tls: TlsAcceptor::from(Arc::new(tls)) });
        let task = tokio::spawn(accept(listener, route));
        Ok(Self { address, authority: file, task })
    }

    /// For the setting that names the proxy of `https` addresses.
    pub fn proxy_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// For the setting that names the authorities to trust.
    pub fn authority(&self) -> &Path {
        self.authority.path()
    }
}

impl Drop for TlsFront {
    fn drop(&mut self) {
        self.task.abort();
    }
}

struct Route {
    host: String,
    backend: SocketAddr,
    tls: TlsAcceptor,
}

fn issuer() -> Result<CertifiedIssuer<'static, KeyPair>, rcgen::Error> {
    let mut parameters = CertificateParams::default();
    parameters.distinguished_name.push(DnType::CommonName, "Authority of a test run");
    parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    parameters.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    CertifiedIssuer::self_signed(parameters, KeyPair::generate()?)
}

async fn accept(listener: TcpListener, route: Arc<Route>) {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                let route = route.clone();
                tokio::spawn(async move {
                    if let Err(error) = pass_on(stream, &route).await {
                        // The library's side sees it as well, and reports it.
                        tracing::debug!(%error, "A connection through the front ended");
                    }
                });
            }
            Err(error) => tracing::warn!(%error, "The front could not take a connection"),
        }
    }
}

async fn pass_on(stream: TcpStream, route: &Route) -> io::Result<()> {
    let mut stream = BufStream::new(stream);
    let mut request = String::new();
    stream.read_line(&mut request).await?;
    let mut header = String::new();
    while stream.read_line(&mut header).await? > 2 {
        header.clear();
    }
    if request.split_whitespace().take(2).ne(["CONNECT", &format!("{}:443", route.host)]) {
        stream.write_all(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n").await?;
        return stream.flush().await;
    }
    stream.write_all(b"HTTP/1.1 200 Connection Established\r\n\r\n").await?;
    stream.flush().await?;
    let mut inside = route.tls.accept(stream).await?;
    let mut backend = TcpStream::connect(route.backend).await?;
    copy_bidirectional(&mut inside, &mut backend).await?;
    Ok(())
}
