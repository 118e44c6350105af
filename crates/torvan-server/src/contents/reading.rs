//! Contents on their way out: hashed, so that what is damaged never arrives as a whole.

use axum::body::Body;
use bytes::Bytes;
use futures_util::TryStreamExt as _;
use futures_util::stream::{BoxStream, StreamExt as _, try_unfold};
use sha2::{Digest as _, Sha256};
use torvan_store::integration::{Place, raise_damaged};
use torvan_store::{Actor, Store, StoreResult};

use super::shelf::Pieces;
use super::{Contents, ObjectFault, Storage};
use crate::credentials::hex;

/// Contents up to this size are checked before anything of them is sent; larger ones while they are.
const WHOLE: i64 = 1024 * 1024;

impl Contents {
    /// The bytes of a content as the body of an answer.
    ///
    /// # Errors
    /// It is gone or damaged, or its place cannot be reached. What is found only on the way breaks the answer off before its last
    /// piece.
    pub async fn body(&self, store: &Store, mut place: Place) -> Result<Body, ObjectFault> {
        let begun = self.checked(&mut place).await;
        let checked = reported(store, &place, begun).await?;
        if place.byte_size <= WHOLE || Storage::of(&place.storage) == Some(Storage::Database) {
            let whole = reported(store, &place, checked.try_collect::<Vec<Bytes>>().await).await?;
            return Ok(Body::from_stream(futures_util::stream::iter(
                whole.into_iter().map(Ok::<_, ObjectFault>),
            )));
        }
        let store = store.clone();
        let told = checked.then(move |piece| {
            let (store, place) = (store.clone(), place.clone());
            async move { reported(&store, &place, piece).await }
        });
        Ok(Body::from_stream(told))
    }

    /// The bytes of a content, checked, all at once.
    ///
    /// # Errors
    /// It is gone or damaged, or its place cannot be reached.
    pub async fn bytes(&self, mut place: Place) -> Result<Vec<u8>, ObjectFault> {
        let checked = self.checked(&mut place).await?;
        let gather = |mut whole: Vec<u8>, piece: Bytes| async move {
            whole.extend_from_slice(&piece);
            Ok(whole)
        };
        checked.try_fold(Vec::new(), gather).await
    }

    async fn checked(&self, place: &mut Place) -> Result<Pieces, ObjectFault> {
        let storage = Storage::of(&place.storage);
        let pieces = match storage.and_then(|storage| self.shelf(storage)) {
            Some(found) => found.pieces(place).await?,
            None if storage == Some(Storage::Database) => in_pieces(place.pieces.take().unwrap_or_default()),
            None => {
                return Err(ObjectFault::Unreachable("this server was not told of the place".to_owned()));
            }
        };
        Ok(Checked::new(pieces, place).stream())
    }
}

/// Pieces that are there already.
#[must_use]
pub fn in_pieces(pieces: Vec<Vec<u8>>) -> BoxStream<'static, Result<Bytes, ObjectFault>> {
    futures_util::stream::iter(pieces.into_iter().map(|piece| Ok(Bytes::from(piece)))).boxed()
}

/// Holds the last piece back until the whole is found right.
struct Checked {
    pieces: Pieces,
    hash: Sha256,
    seen: i64,
    held: Option<Bytes>,
    byte_size: i64,
    sha256: String,
}

impl Checked {
    fn new(pieces: Pieces, place: &Place) -> Self {
        Self {
            pieces,
            hash: Sha256::new(),
            seen: 0,
            held: None,
            byte_size: place.byte_size,
            sha256: place.sha256.clone(),
        }
    }

    fn stream(self) -> Pieces {
        try_unfold(Some(self), |state| async move {
            match state {
                Some(state) => state.next().await,
                None => Ok(None),
            }
        })
        .boxed()
    }

    async fn next(mut self) -> Result<Option<(Bytes, Option<Self>)>, ObjectFault> {
        while let Some(piece) = self.pieces.try_next().await? {
            // An empty one behind the last would let the whole through.
            if piece.is_empty() {
                continue;
            }
            self.hash.update(&piece);
            self.seen += i64::try_from(piece.len()).unwrap_or(i64::MAX);
            if self.seen > self.byte_size {
                return Err(ObjectFault::Damaged("it is longer than it must be".to_owned()));
            }
            if let Some(ready) = self.held.replace(piece) {
                return Ok(Some((ready, Some(self))));
            }
        }
        let found = hex(&self.hash.finalize());
        if self.seen == self.byte_size && found == self.sha256 {
            return Ok(self.held.map(|last| (last, None)));
        }
        Err(ObjectFault::Damaged(format!("its {} bytes have the SHA-256 {found}", self.seen)))
    }
}

/// Passes an outcome on; Administrators are told of a content that is not what it must be.
async fn reported<T>(
    store: &Store,
    place: &Place,
    outcome: Result<T, ObjectFault>,
) -> Result<T, ObjectFault> {
    if let Err(fault) = &outcome {
        let content = place.document_content_id;
        tracing::error!(content, storage = place.storage, fault = %fault, "a content was not read");
        if fault.is_of_the_content()
            && let Err(error) = raise(store, place, fault).await
        {
            tracing::error!(error = error.for_log(), "nobody could be told of it");
        }
    }
    outcome
}

async fn raise(store: &Store, place: &Place, fault: &ObjectFault) -> StoreResult<()> {
    let mut context = store.begin(&Actor::Database).await?;
    raise_damaged(&mut context, place, &fault.to_string()).await?;
    context.commit().await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(content: &[u8]) -> Place {
        Place {
            document_content_id: 1,
            storage: "DATABASE".to_owned(),
            object_key: None,
            byte_size: i64::try_from(content.len()).expect("short"),
            sha256: crate::credentials::sha256_hex(content),
            pieces: None,
        }
    }

    #[tokio::test]
    async fn what_is_damaged_never_arrives_whole() {
        let right = place(b"abcdef");
        for (pieces, is_right) in [
            (vec!["abc", "def"], true),
            (vec!["abcdef", ""], true),
            (vec!["a", "", "bcdef"], true),
            (vec!["abc", "deX"], false),
            (vec!["abcdeX", ""], false),
            (vec!["abc"], false),
            (vec!["abcdef", "g"], false),
            (vec![], false),
        ] {
            let given = pieces.iter().map(|piece| piece.as_bytes().to_vec()).collect();
            let mut checked = Checked::new(in_pieces(given), &right).stream();
            let mut arrived = Vec::new();
            let outcome = loop {
                match checked.try_next().await {
                    Ok(Some(piece)) => arrived.extend_from_slice(&piece),
                    Ok(None) => break true,
                    Err(ObjectFault::Damaged(_)) => break false,
                    Err(other) => panic!("{other}"),
                }
            };
            assert_eq!(outcome, is_right, "{pieces:?}");
            assert_eq!(arrived.len() >= 6, is_right, "{pieces:?}");
        }
    }
}
