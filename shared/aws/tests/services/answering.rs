//! A server on loopback that answers one request and tells what it was.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    thread::{self, JoinHandle},
};

/// The body of the request that came.
pub type Heard = JoinHandle<String>;

/// How the server answers.
#[derive(Clone, Copy, Debug)]
pub enum Answer {
    /// With this status, the code of an error where there is one, and this body.
    With {
        /// Status.
        status: u16,
        /// Of the error.
        code: Option<&'static str>,
        /// JSON.
        body: &'static str,
    },
    /// Not at all: it hangs up.
    HangUp,
}

/// Serves one request at the returned endpoint.
pub fn server(answer: Answer) -> (String, Heard) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let heard = thread::spawn(move || {
        let (stream, _) = listener.accept().unwrap();
        serve(stream, answer)
    });
    (endpoint, heard)
}

fn serve(stream: TcpStream, answer: Answer) -> String {
    let mut reader = BufReader::new(stream);
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        let line = line.trim_end().to_ascii_lowercase();
        if line.is_empty() {
            break;
        }
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    if let Answer::With { status, code, body } = answer {
        let code = code.map_or_else(String::new, |code| format!("x-amzn-errortype: {code}\r\n"));
        let head =
            format!("HTTP/1.1 {status} X\r\ncontent-type: application/json\r\nconnection: close\r\n{code}");
        let text = format!("{head}content-length: {}\r\n\r\n{body}", body.len());
        reader.get_mut().write_all(text.as_bytes()).unwrap();
    }
    String::from_utf8(body).unwrap()
}
