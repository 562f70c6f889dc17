//! A line to a server, on which every byte is counted, and which can be cut, held up and mended.

use std::{
    io::{Read, Write},
    net::{Shutdown, TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, AtomicU64, Ordering},
    },
    thread,
    time::Duration,
};

/// Which way bytes go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// To the server.
    Up,
    /// From the server.
    Down,
}

/// Passes connections on to a server.
pub struct Line {
    /// The server's URL as it is reached over the line.
    pub url: String,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    passed: [AtomicU64; 2],
    cuts: AtomicU32,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    cut: Option<Cut>,
    /// Which way nothing gets through any more, as a cut is under way: an answer could else be faster than it.
    closed: Option<Way>,
    pause: Duration,
    /// How many connections there have been, and how many of them, the first ones, pass nothing on any more.
    connections: u64,
    silenced: u64,
    /// Both ends of every connection there is.
    open: Vec<TcpStream>,
}

/// A cut that is due.
#[derive(Clone, Copy)]
struct Cut {
    way: Way,
    at: Place,
}

#[derive(Clone, Copy)]
enum Place {
    /// Once `left` more bytes have gone; `again` is the distance to the next cut, if there is to be one.
    Bytes {
        left: u64,
        again: Option<u64>,
    },
    /// In the midst of this text, or right after it.
    Within(&'static str),
    After(&'static str),
}

impl Line {
    /// A line to the server on 127.0.0.1 that `url` names.
    pub fn to(url: &str) -> Self {
        let host = url.find("127.0.0.1:").expect("the server is on this machine");
        let server = url[host..].split('/').next().unwrap_or_default().to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = url.replace(&server, &listener.local_addr().unwrap().to_string());
        let shared = Arc::new(Shared::default());
        let passing = Arc::clone(&shared);
        thread::spawn(move || {
            for client in listener.incoming() {
                let client = client.unwrap();
                // Where there is no server, the client finds out by the end of the connection.
                let Ok(server) = TcpStream::connect(&server) else { continue };
                passing.connect(client, server);
            }
        });
        Self { url, shared }
    }

    /// Cuts every connection once so many more bytes have gone that way.
    pub fn cut_after(&self, way: Way, bytes: u64) {
        self.cut(way, Place::Bytes { left: bytes, again: None });
    }

    /// Cuts every connection whenever so many bytes have gone that way.
    pub fn cut_every(&self, way: Way, bytes: u64) {
        self.cut(way, Place::Bytes { left: bytes, again: Some(bytes) });
    }

    /// Cuts every connection in the midst of a text that goes that way in one piece.
    pub fn cut_within(&self, way: Way, text: &'static str) {
        self.cut(way, Place::Within(text));
    }

    /// Cuts every connection once a text has gone that way in one piece.
    pub fn cut_after_text(&self, way: Way, text: &'static str) {
        self.cut(way, Place::After(text));
    }

    fn cut(&self, way: Way, at: Place) {
        self.shared.state.lock().unwrap().cut = Some(Cut { way, at });
    }

    /// Cuts every connection that there is.
    pub fn cut_now(&self) {
        self.shared.state.lock().unwrap().cut_all();
    }

    /// Holds every piece up for a while, as a slow server does.
    pub fn slow_down(&self, pause: Duration) {
        self.shared.state.lock().unwrap().pause = pause;
    }

    /// Silences the connections that there are, for good and without a word to either end, as when a machine on the way
    /// goes down.
    pub fn silence(&self) {
        let mut state = self.shared.state.lock().unwrap();
        state.silenced = state.connections;
    }

    /// No cut is due any more, and nothing is held up.
    pub fn mend(&self) {
        let mut state = self.shared.state.lock().unwrap();
        (state.cut, state.pause) = (None, Duration::ZERO);
    }

    /// How many bytes have gone that way.
    pub fn passed(&self, way: Way) -> u64 {
        self.shared.passed[way as usize].load(Ordering::SeqCst)
    }

    /// How many cuts there were that had been due.
    pub fn cuts(&self) -> u32 {
        self.shared.cuts.load(Ordering::SeqCst)
    }
}

impl State {
    fn cut_all(&mut self) {
        for stream in self.open.drain(..) {
            let _ = stream.shutdown(Shutdown::Both);
        }
        self.closed = None;
    }

    /// After how many bytes of a piece a cut is due, if any is.
    fn next_cut(&mut self, way: Way, piece: &[u8]) -> Option<usize> {
        let due = self.cut.as_mut().filter(|cut| cut.way == way)?;
        let end_of =
            |text: &str| piece.windows(text.len()).position(|it| it == text.as_bytes()).map(|at| at + text.len());
        let (place, next) = match &mut due.at {
            Place::Bytes { left, .. } if *left > piece.len() as u64 => {
                *left -= piece.len() as u64;
                return None;
            }
            Place::Bytes { left, again } => (
                usize::try_from(*left).ok(),
                again.map(|bytes| Cut { way, at: Place::Bytes { left: bytes, again: Some(bytes) } }),
            ),
            Place::Within(text) => (end_of(text).map(|end| end - text.len() / 2), None),
            Place::After(text) => (end_of(text), None),
        };
        if place.is_some() {
            self.cut = next;
            self.closed = Some(if way == Way::Up { Way::Down } else { Way::Up });
        }
        place
    }
}

impl Shared {
    fn connect(self: &Arc<Self>, client: TcpStream, server: TcpStream) {
        let mut state = self.state.lock().unwrap();
        let number = state.connections;
        state.connections += 1;
        for stream in [&client, &server] {
            stream.set_nodelay(true).unwrap();
            state.open.push(stream.try_clone().unwrap());
        }
        let (back, down) = (client.try_clone().unwrap(), server.try_clone().unwrap());
        for (way, from, to) in [(Way::Up, client, server), (Way::Down, down, back)] {
            let shared = Arc::clone(self);
            thread::spawn(move || shared.pass(number, way, from, to));
        }
    }

    /// Passes on what comes until either end is closed.
    fn pass(&self, number: u64, way: Way, mut from: TcpStream, mut to: TcpStream) {
        let mut buffer = [0; 1_024];
        loop {
            let read = from.read(&mut buffer).unwrap_or_default();
            let (pause, silenced) = {
                let state = self.state.lock().unwrap();
                (state.pause, number < state.silenced || state.closed == Some(way))
            };
            thread::sleep(pause);
            if silenced && read > 0 {
                continue;
            }
            if read == 0 || self.forward(way, &buffer[..read], &mut to).is_none() {
                let _ = (from.shutdown(Shutdown::Both), to.shutdown(Shutdown::Both));
                return;
            }
        }
    }

    /// Passes a piece on as far as the next cut, if any comes in it.
    fn forward(&self, way: Way, piece: &[u8], to: &mut TcpStream) -> Option<()> {
        let due = self.state.lock().unwrap().next_cut(way, piece);
        let whole = due.is_none();
        let piece = &piece[..due.unwrap_or(piece.len())];
        to.write_all(piece).ok()?;
        self.passed[way as usize].fetch_add(piece.len() as u64, Ordering::SeqCst);
        if whole {
            return Some(());
        }
        self.state.lock().unwrap().cut_all();
        self.cuts.fetch_add(1, Ordering::SeqCst);
        None
    }
}
