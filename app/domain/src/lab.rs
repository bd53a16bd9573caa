//! The lab (feature `lab`): honest users and attackers made by seeds, published policies, and the figures that compare
//! them with our engine. Nobody's data is needed, and anybody gets the same figures.

pub mod attack;
pub mod bench;
pub mod chart;
pub mod client;
mod device;
pub mod figures;
mod goal;
mod line;
pub mod login;
pub mod measure;
mod novelty;
pub mod parameters;
mod person;
pub mod policy;
pub mod pool;
pub mod population;
pub mod random;
pub mod rba;
pub mod reference;
pub mod report;
pub mod scenario;
#[cfg(test)]
mod tests;
pub mod trial;
mod trip;
pub mod world;

pub use bench::{Options, run};
pub use report::Report;
