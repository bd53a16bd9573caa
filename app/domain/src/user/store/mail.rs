//! Users by their mail address, whatever the case of its letters (ASCII): several may share one.

use crate::Result;
use crate::db::{Tx, batch};
use crate::id::{ProjectId, UserKey};

/// The keys of the users of a project whose id, or whose mail address in small letters, is this; of those who share an
/// address the hundred made last. Its `?` are the project and the text, twice.
macro_rules! keys_of {
    () => {
        "SELECT k.key FROM end_user k WHERE k.project_id = ? AND k.id = ? UNION ALL SELECT a.user_key FROM \
         (SELECT user_key FROM user_mail WHERE project_id = ? AND mail = ? ORDER BY user_key DESC LIMIT 100) a"
    };
}
pub(crate) use keys_of;

/// As an address is looked for.
pub(crate) fn folded(mail: &str) -> String {
    mail.trim().to_ascii_lowercase()
}

/// Notes new addresses.
pub(crate) async fn note(tx: &mut Tx<'_>, new: &[(UserKey, ProjectId, &str)]) -> Result<()> {
    if new.is_empty() {
        return Ok(());
    }
    let rows: Vec<_> = new.iter().map(|(user, project, mail)| (user.0, project.0, folded(mail))).collect();
    let head = "INSERT INTO user_mail (user_key, project_id, mail)";
    let tail = "ON CONFLICT (user_key) DO UPDATE SET mail = excluded.mail";
    batch::insert(tx.conn(), head, tail, 3, &rows, |query, (user, project, mail)| {
        query.bind(*user).bind(*project).bind(mail)
    })
    .await
}
