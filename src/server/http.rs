//! GraphQL over HTTP: media types, request parameters, responses, and which origins may ask.

mod compression;
mod media;
mod origin;
mod request;
mod response;

pub(super) use compression::compressed;
pub(super) use media::Accept;
pub use origin::Origins;
pub(super) use request::{Object, Parameters, RawParameters, describe_json_error, drain};
pub(super) use response::{Caching, Refusal, answer, failed};
