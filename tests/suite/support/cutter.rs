//! A line to a server that is cut again and again.

use std::{
    io::{Read, Write},
    net::{Shutdown, TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    thread,
};

/// Passes connections on to a server, and cuts each once so many bytes have gone up.
pub struct Cutter {
    pub url: String,
    cuts: Arc<AtomicU32>,
}

impl Cutter {
    pub fn before(url: &str, bytes: usize) -> Self {
        let server = url.trim_start_matches("http://").to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let cuts = Arc::new(AtomicU32::new(0));
        let counted = Arc::clone(&cuts);
        thread::spawn(move || {
            for client in listener.incoming() {
                let (client, server) = (client.unwrap(), TcpStream::connect(&server).unwrap());
                let (down, back) = (server.try_clone().unwrap(), client.try_clone().unwrap());
                thread::spawn(move || pass(down, back, usize::MAX));
                let cuts = Arc::clone(&counted);
                thread::spawn(move || {
                    if pass(client, server, bytes) {
                        cuts.fetch_add(1, Ordering::SeqCst);
                    }
                });
            }
        });
        Self { url, cuts }
    }

    /// How many connections were cut.
    pub fn cuts(&self) -> u32 {
        self.cuts.load(Ordering::SeqCst)
    }
}

/// Passes on at most so many bytes, then closes both ends. Returns whether it came to that.
fn pass(mut from: TcpStream, mut to: TcpStream, most: usize) -> bool {
    let (mut buffer, mut left) = ([0; 1_024], most);
    while left > 0 {
        let room = buffer.len().min(left);
        match from.read(&mut buffer[..room]) {
            Ok(read) if read > 0 && to.write_all(&buffer[..read]).is_ok() => left -= read,
            _ => break,
        }
    }
    let _ = (from.shutdown(Shutdown::Both), to.shutdown(Shutdown::Both));
    left == 0
}
