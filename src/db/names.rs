//! Names of constraints and indexes, as PostgreSQL chooses them where a statement gives none; and names as numbers.

/// The most bytes of a name in PostgreSQL.
const LONGEST: usize = 63;

/// A name as a number (FNV-1a): the same one in every process.
pub const fn name_hash(name: &str) -> u64 {
    let bytes = name.as_bytes();
    let mut hash = 0xcbf2_9ce4_8422_2325;
    let mut nth = 0;
    while nth < bytes.len() {
        hash = (hash ^ bytes[nth] as u64).wrapping_mul(0x0100_0000_01b3);
        nth += 1;
    }
    hash
}

/// `TABLE_COLUMN_COLUMN_idx`.
pub fn index_name(table: &str, columns: &[&str]) -> String {
    chosen(table, &columns.join("_"), "idx")
}

/// `TABLE_COLUMN_COLUMN_key`.
pub fn unique_name(table: &str, columns: &[&str]) -> String {
    chosen(table, &columns.join("_"), "key")
}

/// `TABLE_COLUMN_fkey`.
pub fn foreign_key_name(table: &str, columns: &[&str]) -> String {
    chosen(table, &columns.join("_"), "fkey")
}

/// `TABLE_pkey`.
pub fn primary_key_name(table: &str) -> String {
    chosen(table, "", "pkey")
}

/// `TABLE_COLUMN_check` for a condition on one column, `TABLE_check` for others; the `nth` of that name has a number.
pub fn check_name(table: &str, columns: &[&str], nth: usize) -> String {
    let label = if nth == 0 { "check".to_owned() } else { format!("check{nth}") };
    chosen(table, if let [column] = columns { column } else { "" }, &label)
}

/// PostgreSQL's `makeObjectName`: what is too long loses the ends of its longer part.
fn chosen(table: &str, columns: &str, label: &str) -> String {
    let (mut first, mut second) = (table, columns);
    let others = label.len() + 1 + usize::from(!columns.is_empty());
    while first.len() + second.len() + others > LONGEST {
        let longer = if first.len() > second.len() { &mut first } else { &mut second };
        let mut end = longer.len().saturating_sub(1);
        while !longer.is_char_boundary(end) {
            end -= 1;
        }
        *longer = &longer[..end];
    }
    if columns.is_empty() { format!("{first}_{label}") } else { format!("{first}_{second}_{label}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_postgres_own() {
        assert_eq!(index_name("posts", &["user_id", "id"]), "posts_user_id_id_idx");
        assert_eq!(unique_name("users", &["username"]), "users_username_key");
        assert_eq!(foreign_key_name("posts", &["user_id"]), "posts_user_id_fkey");
        assert_eq!(primary_key_name("posts"), "posts_pkey");
        assert_eq!(check_name("posts", &["rating"], 0), "posts_rating_check");
        assert_eq!(check_name("posts", &["rating", "title"], 1), "posts_check1");
        let long = index_name(&"t".repeat(40), &[&"c".repeat(40)]);
        assert_eq!(long, format!("{}_{}_idx", "t".repeat(29), "c".repeat(29)));
    }
}
