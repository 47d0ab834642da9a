//! A connection between Doorway and PostgreSQL that a test can cut.

use std::{net::SocketAddr, sync::Arc};
use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

/// Forwards connections from an address of its own to PostgreSQL.
pub struct Proxy {
    pub address: SocketAddr,
    target: String,
    /// Kept while it is cut: somebody else could take the port.
    listener: Arc<TcpListener>,
    running: JoinHandle<()>,
}

impl Proxy {
    pub async fn to(target: &str) -> Proxy {
        let listener = Arc::new(TcpListener::bind("127.0.0.1:0").await.unwrap());
        let address = listener.local_addr().unwrap();
        let running = Proxy::run(listener.clone(), Some(target.to_owned()));
        Proxy { address, target: target.to_owned(), listener, running }
    }

    /// Without a target, every connection is closed at once.
    fn run(listener: Arc<TcpListener>, target: Option<String>) -> JoinHandle<()> {
        tokio::spawn(async move {
            // Aborting this task drops the set, which closes all connections.
            let mut connections = tokio::task::JoinSet::new();
            loop {
                let (mut client, _) = listener.accept().await.unwrap();
                let Some(target) = target.clone() else { continue };
                connections.spawn(async move {
                    if let Ok(mut server) = TcpStream::connect(target).await {
                        let _ = copy_bidirectional(&mut client, &mut server).await;
                    }
                });
            }
        })
    }

    /// Closes all connections and takes no new ones, as if PostgreSQL were gone.
    pub async fn cut(&mut self) {
        self.change(None).await;
    }

    /// Forwards again.
    pub async fn restore(&mut self) {
        self.change(Some(self.target.clone())).await;
    }

    async fn change(&mut self, target: Option<String>) {
        self.running.abort();
        assert!((&mut self.running).await.unwrap_err().is_cancelled());
        self.running = Proxy::run(self.listener.clone(), target);
    }
}
