//! Connections while the clock says a time that HTTP has no date for, before 1970 or after 9999.
//!
//! hyper makes a `Date` whenever a connection is polled, also where it would send none, and panics at such a time.

use super::transport::tell;
use crate::clock::{WrongClock, check_http_date};
use std::{future::poll_fn, pin::pin};
use tokio::net::TcpStream;

/// Polls the connection as long as there is a date; `None` once there is none, and the connection is given up.
pub(super) async fn while_dated<C: Future>(connection: C) -> Option<C::Output> {
    let mut connection = pin!(connection);
    poll_fn(|context| match check_http_date() {
        Ok(()) => connection.as_mut().poll(context).map(Some),
        Err(_) => std::task::Poll::Ready(None),
    })
    .await
}

/// Answers what the client asks, whatever that is, with 503 and closes the connection.
pub(super) async fn refuse(stream: TcpStream, why: WrongClock) {
    let body = format!("{why}\n");
    let head =
        "HTTP/1.1 503 Service Unavailable\r\ncontent-type: text/plain; charset=utf-8\r\nconnection: close";
    let answer = format!("{head}\r\ncontent-length: {}\r\n\r\n{body}", body.len());
    tell(stream, answer.as_bytes()).await;
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::TcpListener,
    };

    #[tokio::test]
    async fn a_refused_client_reads_why() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        client.write_all(b"GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
        let (stream, _) = listener.accept().await.unwrap();
        let refused = tokio::spawn(refuse(stream, crate::clock::wrong_for_tests()));
        let mut answer = String::new();
        client.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 503 "), "{answer}");
        assert!(
            answer.ends_with("\r\n\r\nthe system clock is wrong: 1969-12-31T23:59:59.999999Z\n"),
            "{answer}"
        );
        drop(client);
        refused.await.unwrap();
    }
}
