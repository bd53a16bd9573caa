//! Keeps with an alert why its user was not asked.

use crate::Result;
use crate::alert::Unasked;
use crate::db::Tx;
use crate::id::AlertId;

/// Nobody was asked when it opened, and why; None once somebody was.
pub(crate) async fn left_unasked(tx: &mut Tx<'_>, alert: AlertId, why: Option<Unasked>) -> Result<()> {
    let sql = "UPDATE alert SET unasked = $1 WHERE id = $2";
    sqlx::query(sql).bind(why.map(Unasked::as_str)).bind(alert.0).execute(tx.conn()).await?;
    Ok(())
}
