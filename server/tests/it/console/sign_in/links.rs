//! Links that are used once: the one that makes the first operator, and one for a new password.

use super::*;

on_both! {
    async fn the_first_link_makes_one_owner_and_works_once(server) {
        let token = operators::invite_first(&server.db, clock::now())
            .await
            .expect("stored")
            .expect("nobody is there yet");
        let accept = async |token: &str, email: &str, password: &str| {
            let form = url::form_urlencoded::Serializer::new(String::new())
                .append_pair("token", token)
                .append_pair("email", email)
                .append_pair("name", "Ann")
                .append_pair("password", password)
                .finish();
            server.stranger().send("POST", &path_of("accept_invitation"), &[FORM], form).await
        };
        assert_eq!(accept("nothing", EMAIL, PASSWORD).await.status, 404);
        for (email, password) in [("no address", PASSWORD), (EMAIL, "too short")] {
            assert_eq!(accept(&token, email, password).await.status, 422, "{email}");
        }
        let made = accept(&token, EMAIL, PASSWORD).await;
        let (session, _) = cookie(&made).expect("signed in at once");
        assert!(is_signed_in(server, &session).await);
        assert_eq!(operators::list(&server.db).await.expect("operators")[0].role, Role::Owner);
        let again = accept(&token, "thief@example.com", PASSWORD).await;
        assert_eq!((again.status, cookie(&again)), (404, None));
        assert_eq!(operators::count(&server.db).await.expect("count"), 1);
        assert_eq!(operators::invite_first(&server.db, clock::now()).await.expect("asked"), None);
    }

    async fn the_first_link_is_void_once_an_operator_was_made_in_another_way(server) {
        let token = operators::invite_first(&server.db, clock::now()).await.expect("stored").expect("first");
        owner(server).await;
        let form = format!("token={token}&email=eve%40example.com&name=Eve&password=correct+horse+battery");
        let late = server.stranger().send("POST", &path_of("accept_invitation"), &[FORM], form).await;
        assert_eq!((late.status, cookie(&late)), (404, None));
        assert_eq!(operators::count(&server.db).await.expect("count"), 1);
    }

    async fn a_reset_link_sets_a_password_once_and_signs_in(server) {
        owner(server).await;
        let ann = operators::by_email(&server.db, EMAIL).await.expect("owner");
        let token = operators::reset_link(&server.db, &Actor::System, ann.id, clock::now()).await.expect("link");
        let page = server.stranger().send("GET", &format!("/reset/{token}"), &[BY_ITSELF], "").await;
        assert!(page.status == 200 && page.text.contains(EMAIL), "{}", page.status);
        let reset = async |password: &str| {
            let form = format!("token={token}&password={}", password.replace(' ', "+"));
            server.stranger().send("POST", &path_of("reset_password"), &[FORM], form).await
        };
        assert_eq!(reset("short").await.status, 422);
        let (session, _) = cookie(&reset("another horse battery").await).expect("signed in at once");
        assert!(is_signed_in(server, &session).await);
        let again = reset("a third horse battery").await;
        assert_eq!((again.status, cookie(&again)), (404, None));
        assert!(cookie(&sign_in(&server.stranger(), EMAIL, PASSWORD, &[]).await).is_none(), "the old one is gone");
        let used = server.stranger().send("GET", &format!("/reset/{token}"), &[BY_ITSELF], "").await;
        assert!(used.text.contains("no longer works"), "{}", used.text);
    }
}
