//! Files as streams of bytes, unpacked where they are packed, with the progress over all of them.

use std::{
    fs::File,
    io::{self, BufRead, BufReader, IsTerminal, Read},
    path::{Path, PathBuf},
    time::Duration,
};

use flate2::bufread::MultiGzDecoder;
use indicatif::{ProgressBar, ProgressStyle};

use crate::cli::failure::Failure;

const BUFFER: usize = 256 * 1024;
const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];
const REDRAW: Duration = Duration::from_millis(100);

/// How far an import has come: bytes of the files read, items sent.
#[derive(Clone)]
pub(super) struct ImportProgress {
    bytes: ProgressBar,
    items: ProgressBar,
}

impl ImportProgress {
    /// The progress over `files`, shown where somebody looks.
    pub(super) fn over(files: &[PathBuf]) -> Result<Self, Failure> {
        let mut total = Some(0);
        for file in files.iter().filter(|file| !is_stdin(file)) {
            let size = std::fs::metadata(file)
                .map_err(|error| Failure::new(format!("{} cannot be read: {error}", file.display())))?;
            total = total.map(|total| total + size.len());
        }
        if files.iter().any(|file| is_stdin(file)) {
            total = None;
        }
        let bytes = total.map_or_else(ProgressBar::new_spinner, ProgressBar::new);
        let template = if total.is_some() {
            "{bar:30} {percent:>3} %  {msg}  {elapsed} gone, {eta} left"
        } else {
            "{spinner} {msg}  {elapsed} gone"
        };
        if let Ok(style) = ProgressStyle::with_template(template) {
            bytes.set_style(style);
        }
        if io::stderr().is_terminal() {
            bytes.enable_steady_tick(REDRAW);
        } else {
            bytes.set_draw_target(indicatif::ProgressDrawTarget::hidden());
        }
        Ok(Self { bytes, items: ProgressBar::hidden() })
    }

    /// Counts `what` the server has answered for.
    pub(super) fn count(&self, items: u64, what: &str) {
        self.items.inc(items);
        self.bytes.set_message(format!("{} {what}, {:.0}/s", self.items.position(), self.items.per_sec()));
    }

    /// Takes the bar away.
    pub(super) fn finish(&self) {
        self.bytes.finish_and_clear();
    }
}

pub(super) fn is_stdin(file: &Path) -> bool {
    file.as_os_str() == "-"
}

/// The content of a file (- is standard input), unpacked where it is gzip, whatever its name.
pub(super) fn open(file: &Path, progress: &ImportProgress) -> io::Result<Box<dyn BufRead>> {
    let raw: Box<dyn Read> =
        if is_stdin(file) { Box::new(io::stdin()) } else { Box::new(progress.bytes.wrap_read(File::open(file)?)) };
    let mut raw = BufReader::with_capacity(BUFFER, raw);
    if raw.fill_buf()?.starts_with(&GZIP_MAGIC) {
        Ok(Box::new(BufReader::with_capacity(BUFFER, MultiGzDecoder::new(raw))))
    } else {
        Ok(Box::new(raw))
    }
}
