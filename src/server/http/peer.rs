//! Who sends requests, as far as that is known.

use axum::{extract::FromRequestParts, http::request::Parts};
use std::{
    convert::Infallible,
    net::{IpAddr, Ipv6Addr},
};

/// A client's address; `None` where another program accepts the connections. Behind a proxy, it is that of the proxy.
#[derive(Debug, Clone, Copy, Default)]
pub(in crate::server) struct Peer(Option<IpAddr>);

/// A site has a network of so many bits in IPv6 (RFC 6177), and as many addresses as it likes.
const SITE: u32 = 64;

impl Peer {
    pub(in crate::server) fn new(address: IpAddr) -> Peer {
        Peer(Some(match address.to_canonical() {
            IpAddr::V6(address) => {
                IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << (128 - SITE))))
            }
            address => address,
        }))
    }

    /// The address, or the network of a site.
    pub(super) fn address(self) -> Option<IpAddr> {
        self.0
    }
}

impl<S: Sync> FromRequestParts<S> for Peer {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Peer, Infallible> {
        Ok(parts.extensions.get().copied().unwrap_or_default())
    }
}
