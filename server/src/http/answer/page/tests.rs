//! What the answer page says.

use super::denied;

#[test]
fn only_what_was_done_is_said_to_be_done() {
    let ending = denied("Shop", true, true);
    assert!(
        ending.contains("We told Shop")
            && ending.contains("end every session")
            && !ending.contains("sign out")
    );
    for revoking in [true, false] {
        let noted = denied("Shop", revoking, false);
        assert!(noted.contains("We noted it and told the people who run Shop."), "{noted}");
        assert!(noted.contains("sign out everywhere") && !noted.contains("We told"), "{noted}");
    }
    let told = denied("Shop", false, true);
    assert!(
        told.contains("We told Shop that it was not you.") && told.contains("sign out everywhere"),
        "{told}"
    );
}
