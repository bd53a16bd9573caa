//! Parts that two pages or more share.

pub mod badge;
pub mod browser;
pub mod copy;
pub mod filter_bar;
pub mod form;
pub mod icon;
pub mod loaded;
pub mod once;
pub mod pager;
pub mod sparkline;
pub mod table;
pub mod time;
