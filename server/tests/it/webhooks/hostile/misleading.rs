//! Receivers that answer as if all were well, or send us round in circles: told in words, never believed.

use super::*;

on_both_engines! {
    async fn a_redirect_to_itself_is_asked_once(fresh) {
        let outgoing = Outgoing::start(&fresh.db).await;
        let url = raw(|mut socket| async move {
            let itself = socket.local_addr().expect("address");
            let head = format!("HTTP/1.1 307 x\r\nlocation: http://{itself}/hook\r\ncontent-length: 0\r\n\r\n");
            let _ = socket.write_all(head.as_bytes()).await;
        })
        .await;
        let sent = outgoing.once(&url).await;
        assert_eq!(error(&sent), "answered 307: redirects are not followed");
        assert_eq!(sent.attempts.len(), 1);
        assert!(sent.attempts[0].diagnosis.as_deref().unwrap_or_default().contains(&url), "{sent:?}");
    }

    async fn a_page_that_answers_200_counts_as_delivered_and_is_told(fresh) {
        let outgoing = Outgoing::start(&fresh.db).await;
        let page = "<!doctype html><title>Shop</title><div id=root></div>";
        let head = "HTTP/1.1 200 OK\r\ncontent-type: text/html; charset=utf-8\r\nconnection: close\r\n\r\n";
        let sent = outgoing.once(&saying(format!("{head}{page}").leak().as_bytes()).await).await;
        assert_eq!(sent.delivery.state, DeliveryState::Delivered);
        let diagnosis = sent.attempts[0].diagnosis.as_deref().unwrap_or_default();
        assert!(diagnosis.starts_with("A web page answered with 200"), "{diagnosis}");
        assert_eq!(sent.attempts[0].response_body, page);
    }

    async fn what_only_looks_like_http_is_no_success(fresh) {
        let outgoing = Outgoing::start(&fresh.db).await;
        let answers: [&'static [u8]; 9] = [
            b"",
            b"\r\n\r\n",
            b"200 OK\r\n\r\n",
            b"HTTP/9.9 200 OK\r\n\r\n",
            b"HTTP/1.1 20 OK\r\n\r\n",
            b"HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n",
            b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab",
            b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nZZ\r\nab\r\n0\r\n\r\n",
            b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
        ];
        for answer in answers {
            outgoing.endpoint(&saying(answer).await, Format::Standard).await;
        }
        outgoing.publish(NOW).await;
        outgoing.send(NOW).await;
        let all = outgoing.deliveries().await;
        assert_eq!(all.len(), answers.len());
        for one in all {
            let error = one.last_error.as_deref().unwrap_or_default();
            assert!(error.starts_with("the answer is not valid HTTP"), "{one:?}");
            assert_eq!(one.state, DeliveryState::Pending);
        }
    }
}
