//! A request, read to its end, before any endpoint looks at it.

use http::{HeaderMap, HeaderName, Method};

/// A request.
pub struct Incoming {
    pub method: Method,
    /// The whole path in lower case.
    pub path: Vec<String>,
    pub query: String,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
    /// Which of the API's ports it came in by.
    pub port: usize,
}

impl Incoming {
    /// A header's text; empty if there is none.
    pub fn header(&self, name: &HeaderName) -> String {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
    }
}
