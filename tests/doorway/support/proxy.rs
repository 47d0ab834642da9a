//! A connection between Doorway and PostgreSQL that a test can cut.

use std::net::SocketAddr;
use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

/// Forwards connections from an address of its own to PostgreSQL.
pub struct Proxy {
    pub address: SocketAddr,
    target: String,
    running: JoinHandle<()>,
}

impl Proxy {
    pub async fn to(target: &str) -> Proxy {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        Proxy { address, target: target.to_owned(), running: Proxy::run(listener, target.to_owned()) }
    }

    fn run(listener: TcpListener, target: String) -> JoinHandle<()> {
        tokio::spawn(async move {
            // Aborting this task drops the set, which closes all connections.
            let mut connections = tokio::task::JoinSet::new();
            loop {
                let (mut client, _) = listener.accept().await.unwrap();
                let target = target.clone();
                connections.spawn(async move {
                    if let Ok(mut server) = TcpStream::connect(target).await {
                        let _ = copy_bidirectional(&mut client, &mut server).await;
                    }
                });
            }
        })
    }

    /// Closes all connections and refuses new ones, as if PostgreSQL were gone.
    pub async fn cut(&mut self) {
        self.running.abort();
        assert!((&mut self.running).await.unwrap_err().is_cancelled());
    }

    /// Forwards again, from the same address.
    pub async fn restore(&mut self) {
        let listener = TcpListener::bind(self.address).await.unwrap();
        self.running = Proxy::run(listener, self.target.clone());
    }
}
