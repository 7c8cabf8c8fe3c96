//! A server on this machine, a thread for each connection.

use std::io;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};

/// Serves until it is dropped.
pub(crate) struct Loopback {
    address: SocketAddr,
    is_closed: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Loopback {
    /// Gives each connection to `port`, or to any free one for 0, to `serve`, with the address of the server.
    ///
    /// # Errors
    /// When the port is taken.
    pub(crate) fn open(
        port: u16,
        serve: impl Fn(TcpStream, SocketAddr) -> io::Result<()> + Send + Sync + 'static,
    ) -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", port))?;
        let address = listener.local_addr()?;
        let is_closed = Arc::<AtomicBool>::default();
        let (closed, serve) = (Arc::clone(&is_closed), Arc::new(serve));
        let thread = thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if closed.load(Ordering::Acquire) {
                    return;
                }
                let serve = Arc::clone(&serve);
                // A client that goes away in the middle is its own loss.
                thread::spawn(move || drop(serve(stream, address)));
            }
        });
        Ok(Self { address, is_closed, thread: Some(thread) })
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Loopback {
    fn drop(&mut self) {
        self.is_closed.store(true, Ordering::Release);
        // It waits for somebody to come.
        drop(TcpStream::connect(self.address));
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}
