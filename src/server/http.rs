//! GraphQL over HTTP: media types, request parameters, responses, under which names the server answers, and which
//! origins may ask.

mod compression;
mod host;
mod media;
mod origin;
mod peer;
mod request;
mod response;
mod unread;
mod unwritten;

pub(super) use compression::compressed;
pub use host::Hosts;
pub(super) use media::Accept;
pub use origin::Origins;
pub(super) use peer::Peer;
pub(super) use request::{Object, Parameters, RawParameters, describe_json_error, drain};
pub(super) use response::{Caching, Refusal, answer, failed};
pub(super) use unread::{Counted, SMALL, Unread};
pub(super) use unwritten::{Patience, Reader, Unwritten};
