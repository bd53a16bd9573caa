//! Receivers that send too much, or too slowly: read to a bound in bytes and in time, and told.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use super::*;

const GIB: usize = 1 << 30;

/// A gzip file that unpacks to `matches` × 258 zeros: one block with the codes of RFC 1951, 3.2.6, that repeats the byte
/// before. Its checksum is left out: who unpacks it has done so when he comes there.
fn bomb(matches: usize) -> Vec<u8> {
    let mut bytes = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3];
    // The last block, with fixed codes; a literal zero; then "258 bytes, from one byte back"; the end.
    let codes = ["1", "10", "00110000"].into_iter();
    let codes = codes.chain(std::iter::repeat_n("1100010100000", matches)).chain(["0000000"]);
    let (mut byte, mut filled) = (0_u8, 0);
    for bit in codes.flat_map(str::bytes) {
        byte |= (bit - b'0') << filled;
        filled += 1;
        if filled == 8 {
            bytes.push(byte);
            (byte, filled) = (0, 0);
        }
    }
    bytes.push(byte);
    bytes
}

on_both_engines! {
    async fn a_gigabyte_is_read_to_64_kib_kept_to_16_and_then_hung_up_on(fresh) {
        let outgoing = Outgoing::start(&fresh.db).await;
        let sent = Arc::<AtomicUsize>::default();
        let counted = sent.clone();
        let url = raw(move |mut socket| {
            let sent = counted.clone();
            async move {
                let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {GIB}\r\n\r\n");
                let _ = socket.write_all(head.as_bytes()).await;
                while sent.load(Ordering::Relaxed) < GIB && socket.write_all(&[b'x'; 64 * 1024]).await.is_ok() {
                    sent.fetch_add(64 * 1024, Ordering::Relaxed);
                }
            }
        })
        .await;
        let delivery = outgoing.once(&url).await;
        assert_eq!(error(&delivery), "the answer is larger than 256 KiB");
        assert_eq!((delivery.delivery.last_status, delivery.attempts[0].response_body.len()), (Some(200), 16 * 1024));
        // What the two sockets buffer is gone; no more follows.
        assert!(sent.load(Ordering::Relaxed) < GIB / 16, "{}", sent.load(Ordering::Relaxed));
    }

    async fn an_endless_body_without_a_length_is_read_to_64_kib_too(fresh) {
        let outgoing = Outgoing::start(&fresh.db).await;
        let url = without_end(b"HTTP/1.1 200 OK\r\n\r\n", &[b'x'; 4096], Duration::ZERO).await;
        let sent = outgoing.once(&url).await;
        assert_eq!(error(&sent), "the answer is larger than 256 KiB");
    }

    async fn a_gzip_bomb_is_named_and_never_unpacked(fresh) {
        let outgoing = Outgoing::start(&fresh.db).await;
        let bomb = bomb(36_000);
        assert!(bomb.len() < 60 * 1024, "{} bytes that unpack to 9 MB", bomb.len());
        let head = format!("HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: {}\r\n\r\n", bomb.len());
        let sent = outgoing.once(&saying([head.as_bytes(), &bomb].concat().leak()).await).await;
        assert_eq!(sent.delivery.state, DeliveryState::Delivered);
        assert_eq!(sent.attempts[0].response_body, format!("[{} bytes that are no text]", bomb.len()));
        let told = sent.attempts[0].diagnosis.clone().unwrap_or_default();
        assert!(told.contains("packed (gzip)"), "{told}");
    }

    async fn ten_thousand_headers_are_refused_and_so_is_one_without_end(fresh) {
        let outgoing = Outgoing::start(&fresh.db).await;
        let many: String = (0..10_000).map(|number| format!("x-{number}: y\r\n")).collect();
        let many = format!("HTTP/1.1 200 OK\r\n{many}content-length: 2\r\n\r\nOK").leak();
        let endless = without_end(b"HTTP/1.1 200 OK\r\nx: ", &[b'y'; 4096], Duration::ZERO).await;
        for url in [saying(many.as_bytes()).await, endless] {
            outgoing.endpoint(&url, Format::Standard).await;
        }
        outgoing.publish(NOW).await;
        outgoing.send(NOW).await;
        for one in outgoing.deliveries().await {
            let error = one.last_error.unwrap_or_default();
            assert!(error.starts_with("the answer is not valid HTTP"), "{}: {error}", one.url);
        }
    }

    async fn a_byte_a_second_ends_with_the_total_deadline_wherever_it_drips(fresh) {
        let outgoing = Outgoing::start(&fresh.db).await;
        let second = Duration::from_secs(1);
        for url in [
            without_end(b"", b"H", second).await,
            without_end(b"HTTP/1.1 200 OK\r\nx: ", b"y", second).await,
            without_end(b"HTTP/1.1 200 OK\r\n\r\n", b"x", second).await,
            without_end(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n", b"1", second).await,
            without_end(b"", b"HTTP/1.1 103 Early Hints\r\n\r\n", Duration::from_millis(100)).await,
        ] {
            outgoing.endpoint(&url, Format::Standard).await;
        }
        outgoing.publish(NOW).await;
        let began = Instant::now();
        outgoing.send(NOW).await;
        assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
        for one in outgoing.deliveries().await {
            assert_eq!(one.last_error.as_deref(), Some("no whole answer within 1 s"), "{one:?}");
            let detail = store::get_delivery(&fresh.db, outgoing.project, one.id).await.expect("detail");
            assert!(detail.attempts[0].duration_us >= 1_000_000);
        }
    }
}
