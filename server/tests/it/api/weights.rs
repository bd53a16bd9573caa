//! The weights of the evidence, as the API names them.

use porchlight_domain::risk::Calibration;

use super::*;

on_both! {
    async fn the_weights_in_force_are_named_with_where_they_come_from(server) {
        let told = server.app().get("/api/v1/weights").await.expect(200);
        assert_eq!(told["calibration"], json!(Calibration::SHIPPED));
        assert_eq!((&told["version"], &told["since"], &told["fit"]), (&json!(null), &json!(null), &json!(null)), "shipped");
        assert_eq!(told["taken_back"], json!(false));
        server.stranger().get("/api/v1/weights").await.expect(401);
    }
}
