//! Migrations from the difference between what the code declares and what the migrations make.
//!
//! The migrations of SQLite are applied to a database in memory, whose catalogue is then compared with the shapes of the
//! entities. The difference is written for both databases. What a migration makes on PostgreSQL is taken to be the same;
//! where SQLite stores two kinds of columns alike, the text of PostgreSQL's migrations says which one it is.
//!
//! | file | what is in it |
//! |---|---|
//! | `generate` | `doorway migrate generate` and `check`: what is asked, refused, written and tried out |
//! | `declared` | the tables that the code declares: the only file here that knows of shapes |
//! | `render` | statements for either database |
//! | `difference` | the difference in words, and what it loses |
//! | `change` | from one model to another: renames, what is to be, and what changes in each table |
//! | `found` | the tables that migrations make |
//! | `model` | tables as data |
//! | `text` | SQL as tokens |
//! | `names` | identifiers, and names of constraints and indexes |

mod change;
mod declared;
mod difference;
mod found;
mod generate;
pub mod model;
mod names;
mod render;
mod text;

pub use declared::declared;
pub use generate::{Asked, DdlError, Generated, differences, generate};
pub use names::{check_name, foreign_key_name, index_name, primary_key_name, unique_name};
