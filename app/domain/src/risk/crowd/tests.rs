//! Waves and what only looks like one, told over a small town of users.

mod bounds;
mod guessing;
mod town;
mod waves;
