//! Requests that do not end: what has arrived of them is bounded, and so is the time that they take.

use crate::support::{Server, Socket};
use doorway::server::Limits;
use serde_json::json;
use std::time::Duration;
use tokio_tungstenite::tungstenite::{
    Message,
    protocol::frame::{
        Frame,
        coding::{Data, OpCode},
    },
};

on_both_databases!(
    unfinished_messages_are_bounded,
    a_message_that_does_not_arrive_ends_its_connection,
    announced_frames_are_counted,
    messages_arrive_in_any_frames,
);

/// A part of a message.
fn part(text: &str, is_first: bool, is_last: bool) -> Message {
    let code = OpCode::Data(if is_first { Data::Text } else { Data::Continue });
    Message::Frame(Frame::message(text.to_owned(), code, is_last))
}

/// The text of a ping of so many bytes, which has another text as its answer.
fn ping(bytes: usize) -> String {
    let empty = json!({ "type": "ping", "payload": { "text": "" } }).to_string();
    let text = "x".repeat(bytes.saturating_sub(empty.len()));
    json!({ "type": "ping", "payload": { "text": text } }).to_string()
}

async fn unfinished_messages_are_bounded(server: Server) {
    let address = server.listen(Limits { unread: 100_000, ..Limits::default() }).await;
    let (start, end) = (ping(60_000), ping(60_000).split_off(59_990));
    let (mut one, mut two) = (Socket::ready(address).await, Socket::ready(address).await);
    one.send_raw(part(&start[..59_990], true, false)).await;
    one.heartbeat().await;
    // Frames between the parts are not the message's.
    for _ in 0..100 {
        one.heartbeat().await;
    }
    two.send_raw(part(&start[..59_990], true, false)).await;
    assert_eq!(two.closed().await, (1013, "Too many large messages: try again later".into()));
    let mut legacy = Socket::legacy(address).await;
    legacy.send_raw(part(&start[..59_990], true, false)).await;
    assert_eq!(legacy.closed().await, (1013, "Too many large messages: try again later".into()));
    // Small ones are welcome.
    let mut small = Socket::ready(address).await;
    small.send(json!({ "type": "ping" })).await;
    assert_eq!(small.next().await, json!({ "type": "pong" }));
    // The first one ends, and then there is room.
    one.send_raw(part(&end, false, true)).await;
    assert_eq!(one.next().await, json!({ "type": "pong" }));
    one.heartbeat().await;
    drop((two, legacy));
    for _ in 0..3 {
        let mut next = Socket::ready(address).await;
        for _ in 0..3 {
            next.send_raw(Message::text(ping(60_000))).await;
            assert_eq!(next.next().await, json!({ "type": "pong" }));
        }
        next.heartbeat().await;
    }
}

async fn a_message_that_does_not_arrive_ends_its_connection(server: Server) {
    let (limit, told) = (Duration::from_millis(100), (1008, "A message did not arrive in time".to_owned()));
    let address = server.listen(Limits { body: limit, ..Limits::default() }).await;
    for bytes in [1, 4000, 50_000] {
        for mut socket in [Socket::ready(address).await, Socket::legacy(address).await] {
            socket.send_raw(part(&ping(60_000)[..bytes], true, false)).await;
            assert_eq!(socket.closed().await, told, "{bytes}");
        }
    }
    // In the middle of a frame, a client cannot answer pings.
    let address = server.listen(Limits { body: 5 * limit, ping: limit, ..Limits::default() }).await;
    for is_legacy in [false, true] {
        let mut socket = if is_legacy { Socket::legacy(address).await } else { Socket::ready(address).await };
        socket.send_bytes(&announced(60_000)).await;
        assert_eq!(socket.closed().await, told, "{is_legacy}");
    }
}

/// The head of a text of so many bytes, with a mask of zeroes (RFC 6455, section 5.2).
fn announced(bytes: u64) -> Vec<u8> {
    [&[0x81, 0x80 | 127], bytes.to_be_bytes().as_slice(), &[0; 4]].concat()
}

/// The library makes room for a frame when it has read how long it is.
async fn announced_frames_are_counted(server: Server) {
    let address = server.listen(Limits { unread: 100_000, ..Limits::default() }).await;
    // They are not there.
    let head = announced(200_000);
    for mut socket in [Socket::ready(address).await, Socket::legacy(address).await] {
        socket.send_bytes(&head).await;
        assert_eq!(socket.closed().await.0, 1013);
    }
}

/// Of any size, in any number of parts, with frames between them that are not theirs.
async fn messages_arrive_in_any_frames(server: Server) {
    let address = server.listen(Limits::default()).await;
    let mut socket = Socket::ready(address).await;
    for size in [40, 125, 126, 127, 4096, 4097, 65_535, 65_536, 1 << 20, 125, 300_000] {
        let text = ping(size);
        for parts in [1, 2, 7] {
            let cut = text.len().div_ceil(parts);
            for (nth, start) in (0..text.len()).step_by(cut).enumerate() {
                let end = (start + cut).min(text.len());
                socket.send_raw(part(&text[start..end], nth == 0, end == text.len())).await;
                socket.send_raw(Message::Ping(vec![b'x'; size % 126].into())).await;
            }
            assert_eq!(socket.next().await, json!({ "type": "pong" }), "{size} bytes in {parts} parts");
        }
    }
}
