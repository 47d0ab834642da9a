//! Text with its case taken away, the same on both databases: for comparisons in whatever case.
//!
//! Each database has the function `doorway_fold`: Unicode's full lower case, with Greek's final sigma as any other.
//! SQLite, which by itself knows the case of 52 letters, is given it here; in PostgreSQL a migration makes it.

diesel::define_sql_function! {
    /// Text with its case taken away.
    fn doorway_fold(text: diesel::sql_types::Nullable<diesel::sql_types::Text>)
        -> diesel::sql_types::Nullable<diesel::sql_types::Text>;
}

/// The function, for SQLite.
#[allow(clippy::needless_pass_by_value, reason = "as SQLite hands it over")]
pub(super) fn fold(text: Option<String>) -> Option<String> {
    // What a sigma at the end of a word becomes depends on its neighbours; a part of a text has others.
    text.map(|text| text.to_lowercase().replace('ς', "σ"))
}
