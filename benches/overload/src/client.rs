//! A connection of HTTP/1.1 that is kept, and what one needs to know of an answer.

use std::{io, time::Duration};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// What a request got.
pub(crate) enum Answer {
    /// Its data.
    Accepted,
    /// 503: it may be sent again after this time.
    Refused {
        /// Of the header `Retry-After`.
        retry_after: Duration,
    },
}

/// An open connection, with what was read beyond the last answer.
pub(crate) struct Connection {
    stream: TcpStream,
    read: Vec<u8>,
}

impl Connection {
    /// Sends a query and reads the answer, over the connection that there is, or over a new one.
    pub(crate) async fn ask(kept: &mut Option<Connection>, address: &str, query: &str) -> io::Result<Answer> {
        let connection = match kept {
            Some(connection) => connection,
            None => kept.insert(Connection::open(address).await?),
        };
        let answer = connection.exchange(address, query).await;
        match answer {
            Ok((answer, true)) => Ok(answer),
            // The server closes it.
            Ok((answer, false)) => {
                *kept = None;
                Ok(answer)
            }
            Err(error) => Err(error),
        }
    }

    async fn open(address: &str) -> io::Result<Connection> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Connection { stream, read: Vec::with_capacity(1 << 16) })
    }

    /// The answer, and whether the connection stays open.
    async fn exchange(&mut self, address: &str, query: &str) -> io::Result<(Answer, bool)> {
        let body = format!("{{\"query\":\"{query}\"}}");
        let request = format!(
            "POST /graphql HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        self.stream.write_all(request.as_bytes()).await?;
        self.read.clear();
        let end = loop {
            if let Some(end) = self.read.windows(4).position(|bytes| bytes == b"\r\n\r\n") {
                break end + 4;
            }
            self.read_more().await?;
        };
        let head = String::from_utf8_lossy(&self.read[..end]).to_ascii_lowercase();
        let header = |name: &str| {
            head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':')).map(str::trim)
        };
        let number = |name| header(name).and_then(|value| value.parse::<usize>().ok());
        let length = number("content-length").ok_or_else(|| io::Error::other("no Content-Length"))?;
        let stays = header("connection") != Some("close");
        let answer = match head.get(9..12) {
            Some("200") => Answer::Accepted,
            Some("503") => {
                let seconds =
                    number("retry-after").ok_or_else(|| io::Error::other("503 without Retry-After"))?;
                Answer::Refused { retry_after: Duration::from_secs(seconds as u64) }
            }
            status => return Err(io::Error::other(format!("status {status:?}"))),
        };
        while self.read.len() < end + length {
            self.read_more().await?;
        }
        // With status 200, an error is in the body.
        if matches!(answer, Answer::Accepted) && !self.read[end..].starts_with(b"{\"data\":{\"users\":[") {
            return Err(io::Error::other("an answer without data"));
        }
        Ok((answer, stays))
    }

    async fn read_more(&mut self) -> io::Result<()> {
        match self.stream.read_buf(&mut self.read).await? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            _ => Ok(()),
        }
    }
}
