//! An identity provider: signs tokens, and publishes its key as `OpenID` discovery says.

use crate::emulator::scripts;
use axum::{Json, Router, routing::get};
use jiff::Timestamp;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};
use std::process::Command;
use tokio::net::TcpListener;

/// The audience that tokens are for.
pub const AUDIENCE: &str = "psa-bridge";

/// Makes a key: in Rust it takes a minute where nothing is optimised.
const MAKE_KEY: &str = r#"
import base64, json
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives import serialization as s
key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
pem = key.private_bytes(s.Encoding.PEM, s.PrivateFormat.PKCS8, s.NoEncryption()).decode()
number = key.public_key().public_numbers().n
n = base64.urlsafe_b64encode(number.to_bytes(256, "big")).rstrip(b"=").decode()
print(json.dumps({"pem": pem, "n": n}))
"#;

/// A key of the provider.
struct Key {
    signing: EncodingKey,
    modulus: String,
}

impl Key {
    fn make() -> Self {
        let made = Command::new(scripts().join("tools")).args(["python", "-c", MAKE_KEY]).output().unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let made: Value = serde_json::from_slice(&made.stdout).unwrap();
        let signing = EncodingKey::from_rsa_pem(made["pem"].as_str().unwrap().as_bytes()).unwrap();
        Self { signing, modulus: made["n"].as_str().unwrap().to_owned() }
    }
}

/// The provider.
pub struct Issuer {
    key: Key,
    url: String,
}

impl Issuer {
    /// Starts one.
    pub async fn start() -> Self {
        let key = tokio::task::spawn_blocking(Key::make).await.unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let discovery = json!({ "issuer": url, "jwks_uri": format!("{url}/keys") });
        let keys = json!({ "keys": [{
            "kty": "RSA", "use": "sig", "alg": "RS256", "kid": "one", "n": key.modulus, "e": "AQAB",
        }] });
        let router = Router::new()
            .route("/.well-known/openid-configuration", get(async || Json(discovery)))
            .route("/keys", get(async || Json(keys)));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { key, url }
    }

    /// Its address, as in the claim `iss`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// A token with these claims over the usual ones.
    pub fn token(&self, claims: &Value) -> String {
        self.signed(claims, &self.key)
    }

    /// The same, signed by somebody else.
    pub async fn forged(&self, claims: &Value) -> String {
        let other = tokio::task::spawn_blocking(Key::make).await.unwrap();
        self.signed(claims, &other)
    }

    /// A machine's token.
    pub fn machine(&self) -> String {
        self.token(&json!({ "sub": "pipelines", "scope": "events:write organizations:write psa:operate" }))
    }

    /// A partner's token.
    pub fn partner(&self, id: &str) -> String {
        self.token(&json!({ "sub": format!("admin@{id}"), "partner_id": id, "scope": "psa:read psa:manage" }))
    }

    fn signed(&self, claims: &Value, key: &Key) -> String {
        let now = Timestamp::now().as_second();
        let mut all = json!({ "iss": self.url, "aud": AUDIENCE, "iat": now, "exp": now + 7200 });
        for (name, value) in claims.as_object().unwrap() {
            all[name] = value.clone();
        }
        let mut header = Header::new(Algorithm::RS256);
        header.kid = Some("one".to_owned());
        encode(&header, &all, &key.signing).unwrap()
    }
}
