//! Forms with a file, as browsers send them without a script (`multipart/form-data`, RFC 7578).

use axum::body::{Body, Bytes};
use axum::extract::multipart::{Field, Multipart};
use axum::extract::{DefaultBodyLimit, FromRequest as _};
use axum::http::{HeaderMap, Request, header};

use super::problem::{MALFORMED, Problem};

/// Parts of a form: more than any page of ours has.
const MOST_PARTS: usize = 100;

/// A file that a form sent.
#[derive(Clone, Default)]
pub struct SentFile {
    /// Its name on the sender's device, without folders.
    pub name: String,
    /// What the browser takes it for.
    pub media_type: String,
    /// Its bytes.
    pub bytes: Bytes,
}

/// What stands in such a form.
#[derive(Default)]
pub struct Parts {
    /// Fields by name.
    pub pairs: Vec<(String, String)>,
    /// The file; none where none was chosen.
    pub file: Option<SentFile>,
}

/// Whether a body is such a form.
#[must_use]
pub fn is_multipart(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    kind.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("multipart/form-data")
}

/// Reads a whole form; its body is there already, and no longer than it may be.
///
/// # Errors
/// It is not such a form, ends early, or has more than a page of ours sends.
pub async fn read(headers: &HeaderMap, body: &Bytes) -> Result<Parts, Problem> {
    let mut request = Request::new(Body::from(body.clone()));
    if let Some(kind) = headers.get(header::CONTENT_TYPE) {
        request.headers_mut().insert(header::CONTENT_TYPE, kind.clone());
    }
    DefaultBodyLimit::disable().apply(&mut request);
    let mut form = Multipart::from_request(request, &()).await.map_err(|_| unread())?;
    let mut parts = Parts::default();
    for _ in 0..MOST_PARTS {
        match form.next_field().await.map_err(|_| unread())? {
            Some(field) => parts.take(field).await?,
            None => return Ok(parts),
        }
    }
    Err(unread())
}

fn unread() -> Problem {
    Problem::new(MALFORMED, "The form with the file cannot be read.").hint("Send it from the page itself.")
}

impl Parts {
    async fn take(&mut self, field: Field<'_>) -> Result<(), Problem> {
        let name = field.name().unwrap_or_default().to_owned();
        let file_name = field.file_name().map(str::to_owned);
        let media_type = field.content_type().unwrap_or_default();
        let media_type = media_type.split(';').next().unwrap_or_default().trim().to_owned();
        let bytes = field.bytes().await.map_err(|_| unread())?;
        let Some(file_name) = file_name else {
            let value = std::str::from_utf8(&bytes).map_err(|_| unread())?;
            self.pairs.push((name, value.replace('\0', "")));
            return Ok(());
        };
        // A field without a choice sends an empty file without a name.
        if file_name.is_empty() && bytes.is_empty() {
            return Ok(());
        }
        if self.file.is_some() {
            return Err(Problem::new(MALFORMED, "The form has two files.").hint("Send them one by one."));
        }
        self.file = Some(SentFile { name: plain_name(&file_name), media_type, bytes });
        Ok(())
    }
}

/// A file's name without folders; browsers write three signs in code.
fn plain_name(sent: &str) -> String {
    let name = sent.rsplit(['/', '\\']).next().unwrap_or_default();
    name.replace("%22", "\"").replace("%0D", "\r").replace("%0A", "\n").replace('\0', "")
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str =
        "Content-Disposition: form-data; name=\"file\"; filename=\"x.txt\"\r\nContent-Type: text/plain";
    const FIELD: &str = "Content-Disposition: form-data; name=\"note\"";

    fn form(parts: &[(&str, &[u8])]) -> Bytes {
        let mut body = Vec::new();
        for (head, content) in parts {
            body.extend_from_slice(&["--AaB\r\n", head, "\r\n\r\n"].concat().into_bytes());
            body.extend_from_slice(content);
            body.extend_from_slice(b"\r\n");
        }
        body.extend_from_slice(b"--AaB--\r\n");
        Bytes::from(body)
    }

    async fn read_as(kind: &'static str, body: &Bytes) -> Result<Parts, Problem> {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, header::HeaderValue::from_static(kind));
        read(&headers, body).await
    }

    async fn is_read(body: &Bytes) -> bool {
        read_as("multipart/form-data; boundary=AaB", body).await.is_ok()
    }

    #[tokio::test]
    async fn a_form_has_its_fields_and_its_file() {
        let head = "Content-Disposition: form-data; name=\"file\"; filename=\"C:\\a\\x%22y.txt\"\r\nContent-Type: text/plain";
        let body = form(&[
            ("Content-Disposition: form-data; name=\"kind\"", b"PHOTO"),
            (head, b"one\r\n--Aa two"),
            (FIELD, b""),
        ]);
        let parts = read_as("Multipart/Form-Data; charset=utf-8; Boundary=\"AaB\"", &body).await;
        let parts = parts.unwrap_or_default();
        assert_eq!(
            parts.pairs,
            [("kind".to_owned(), "PHOTO".to_owned()), ("note".to_owned(), String::new())]
        );
        let file = parts.file.expect("a file");
        assert_eq!((file.name.as_str(), file.media_type.as_str()), ("x\"y.txt", "text/plain"));
        assert_eq!(&file.bytes[..], b"one\r\n--Aa two");
    }

    #[tokio::test]
    async fn a_file_that_was_not_chosen_is_none() {
        let head = "Content-Disposition: form-data; name=\"file\"; filename=\"\"\r\nContent-Type: application/octet-stream";
        let parts = read_as("multipart/form-data; boundary=AaB", &form(&[(head, b"")])).await;
        assert!(parts.is_ok_and(|parts| parts.file.is_none()));
    }

    #[tokio::test]
    async fn what_no_page_of_ours_sends_is_refused() {
        assert!(is_read(&form(&[(FILE, b"x"), (FIELD, b"\xc3\xa9")])).await);
        assert!(!is_read(&form(&[(FILE, b"x"), (FILE, b"y")])).await, "two files");
        assert!(!is_read(&form(&[(FIELD, b"\xe9")])).await, "not UTF-8");
        assert!(
            !is_read(&form(&vec![(FIELD, &b"x"[..]); MOST_PARTS + 1])).await,
            "more parts than a form has"
        );
        assert!(read_as("multipart/form-data; boundary=other", &form(&[(FIELD, b"x")])).await.is_err());
        assert!(read_as("multipart/form-data", &form(&[(FIELD, b"x")])).await.is_err());
    }

    #[tokio::test]
    async fn what_is_cut_is_refused() {
        let whole = form(&[(FIELD, b"b")]);
        for length in 1..whole.len() - 4 {
            assert!(!is_read(&whole.slice(..length)).await, "{length}");
        }
    }

    #[test]
    fn a_form_with_a_file_is_told_by_its_type() {
        let told = |kind: &'static str| {
            is_multipart(&HeaderMap::from_iter([(
                header::CONTENT_TYPE,
                header::HeaderValue::from_static(kind),
            )]))
        };
        assert!(told("multipart/form-data; boundary=AaB") && told("Multipart/Form-Data ;boundary=AaB"));
        assert!(!told("text/plain; boundary=AaB"));
    }
}
