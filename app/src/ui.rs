//! Parts that two pages or more share.

pub mod alert_table;
pub mod badge;
pub mod browser;
pub mod change;
pub mod copy;
pub mod credit;
pub mod deliveries;
pub mod event_facts;
pub mod event_table;
pub mod filter_bar;
pub mod form;
pub mod habits;
pub mod icon;
pub mod loaded;
pub mod once;
pub mod orders;
pub mod pager;
pub mod read;
pub mod refresh;
pub mod select_all;
pub mod sparkline;
pub mod table;
pub mod time;
pub mod why;
