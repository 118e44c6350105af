//! Files on their way in. What comes is written into a file without a name, hashed and counted as it comes: however many come at
//! a time, none is held in memory, and none is left behind when a process dies.

use std::fmt;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;
use std::sync::Arc;

use axum::body::Bytes;
use sha2::{Digest as _, Sha256};
use tokio::io::AsyncWriteExt as _;

use super::problem::{CONTENTS_DOWN, Problem, TOO_LARGE};

/// A file that came, whole.
#[derive(Clone)]
pub struct Spooled {
    file: Arc<File>,
    length: usize,
    sha256: [u8; 32],
}

impl fmt::Debug for Spooled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Spooled").field("length", &self.length).finish_non_exhaustive()
    }
}

impl Spooled {
    /// Its bytes.
    #[must_use]
    pub fn length(&self) -> usize {
        self.length
    }

    /// Its hash.
    #[must_use]
    pub fn sha256(&self) -> &[u8; 32] {
        &self.sha256
    }

    /// Up to that many bytes from a place on; fewer at its end.
    ///
    /// # Errors
    /// The disk fails.
    pub async fn piece(&self, from: usize, most: usize) -> io::Result<Bytes> {
        let file = Arc::clone(&self.file);
        let length = most.min(self.length.saturating_sub(from));
        let read = move || {
            let mut bytes = vec![0; length];
            file.read_exact_at(&mut bytes, from as u64)?;
            Ok(Bytes::from(bytes))
        };
        tokio::task::spawn_blocking(read).await.map_err(io::Error::other)?
    }
}

/// A file that is coming.
pub struct Spool {
    file: tokio::fs::File,
    length: usize,
    most: usize,
    hash: Sha256,
}

impl Spool {
    /// An empty one that takes up to so many bytes, in the folder for passing files (`TMPDIR`).
    ///
    /// # Errors
    /// The disk takes no file.
    pub async fn new(most: usize) -> Result<Self, SpoolError> {
        let made = tokio::task::spawn_blocking(tempfile::tempfile).await.map_err(io::Error::other)?;
        Ok(Self { file: tokio::fs::File::from_std(made?), length: 0, most, hash: Sha256::new() })
    }

    /// Takes what came next.
    ///
    /// # Errors
    /// It is more than the file may have, or more than the disk takes.
    pub async fn take(&mut self, bytes: &[u8]) -> Result<(), SpoolError> {
        self.length += bytes.len();
        if self.length > self.most {
            return Err(SpoolError::TooLong(self.most));
        }
        self.hash.update(bytes);
        Ok(self.file.write_all(bytes).await?)
    }

    /// The file, after its last byte.
    ///
    /// # Errors
    /// The disk did not take all of it.
    pub async fn end(mut self) -> Result<Spooled, SpoolError> {
        self.file.flush().await?;
        let file = Arc::new(self.file.into_std().await);
        Ok(Spooled { file, length: self.length, sha256: self.hash.finalize().into() })
    }
}

/// A file that was not taken in.
#[derive(Debug, thiserror::Error)]
pub enum SpoolError {
    /// It has more bytes than it may have.
    #[error("the file is longer than {0} bytes")]
    TooLong(usize),
    /// The disk for passing files is full or fails.
    #[error("a file on its way cannot be written: {0}")]
    Disk(#[from] io::Error),
}

impl From<SpoolError> for Problem {
    fn from(error: SpoolError) -> Self {
        match error {
            SpoolError::TooLong(most) => {
                Self::new(TOO_LARGE, format!("The file is longer than {most} bytes."))
            }
            SpoolError::Disk(error) => unreadable(&error),
        }
    }
}

/// The disk for passing files fails: for who sent the file a matter of waiting, for the operator one of the disk.
pub fn unreadable(error: &io::Error) -> Problem {
    tracing::error!(%error, folder = %std::env::temp_dir().display(), "a file on its way cannot be written or read");
    Problem::new(CONTENTS_DOWN, "The server has no room for files on their way. Nothing was changed.")
        .hint("Try again in a moment; an Administrator looks whether the server's disk is full.")
        .retry_after(10)
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn spooled(pieces: &[&[u8]], most: usize) -> Result<Spooled, SpoolError> {
        let mut spool = Spool::new(most).await?;
        for piece in pieces {
            spool.take(piece).await?;
        }
        spool.end().await
    }

    #[tokio::test]
    async fn what_came_in_pieces_is_read_in_others() {
        let file = spooled(&[b"to", b"", b"rvan"], 6).await.expect("a file");
        assert_eq!(file.length(), 6);
        assert_eq!(file.sha256().as_slice(), Sha256::digest(b"torvan").as_slice());
        for (from, most, expected) in
            [(0, 6, "torvan"), (0, 100, "torvan"), (4, 3, "an"), (6, 1, ""), (7, 1, "")]
        {
            assert_eq!(file.piece(from, most).await.expect("bytes"), expected, "{from}, {most}");
        }
    }

    #[tokio::test]
    async fn what_is_longer_is_refused_with_the_first_byte_too_many() {
        let refused = spooled(&[b"torvan", b"s"], 6).await.expect_err("too long");
        assert_eq!(Problem::from(refused).kind(), TOO_LARGE);
        let empty = spooled(&[], 6).await.expect("an empty file");
        assert_eq!((empty.length(), empty.piece(0, 1).await.expect("bytes")), (0, Bytes::new()));
    }
}
