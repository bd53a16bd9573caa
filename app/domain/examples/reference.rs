//! Prints the reference sample that every refit is held against, from the tuning seeds.
//!
//! `cargo run -p porchlight-domain --features lab --example reference > app/domain/src/risk/calibration/reference.csv`

use porchlight_domain::lab::{parameters, reference::reference};

fn main() {
    print!("{}", reference(&parameters::TUNING_SEEDS, parameters::USERS));
}
