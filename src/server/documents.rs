//! Documents that requests name instead of sending: those that clients have sent before (Apollo's automatic persisted
//! queries), and those that the server was started with.

mod hash;
mod persisted;
mod trusted;

pub(super) use persisted::{Requested, find};
pub use trusted::{BadDocuments, TrustedDocuments};
