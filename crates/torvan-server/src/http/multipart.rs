//! Forms with files, as browsers send them without a script (`multipart/form-data`, RFC 7578).

use axum::body::Body;
use axum::extract::multipart::{Field, Multipart, MultipartError};
use axum::extract::{DefaultBodyLimit, FromRequest as _};
use axum::http::{HeaderMap, Request, StatusCode, header};

use super::problem::{MALFORMED, Problem, TOO_LARGE};
use super::spool::{Spool, SpoolError, Spooled};
use crate::MAX_BODY;
use crate::documents::MAX_CONTENT;

/// Parts of a form: more than any page of ours has.
const MOST_PARTS: usize = 100;

/// A file that a form sent.
#[derive(Clone)]
pub struct SentFile {
    /// Its name on the sender's device, without folders.
    pub name: String,
    /// What the browser takes it for.
    pub media_type: String,
    /// Its content.
    pub content: Spooled,
}

/// Why a file is not among those of its form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LeftOut {
    /// The file of this name is longer than a file may be.
    TooLong(String),
    /// The form has more files than it may have.
    TooMany,
}

impl From<LeftOut> for Problem {
    fn from(left_out: LeftOut) -> Self {
        match left_out {
            LeftOut::TooLong(_) => SpoolError::TooLong(MAX_CONTENT).into(),
            LeftOut::TooMany => Self::new(MALFORMED, "The form has two files.").hint("Send them one by one."),
        }
    }
}

/// What stands in such a form.
#[derive(Default)]
pub struct Parts {
    /// Fields by name.
    pub pairs: Vec<(String, String)>,
    /// The files in the order in which they were sent; none where none was chosen.
    pub files: Vec<SentFile>,
    /// Why a file is not among them. Only a form of several files comes so far: its page says so beside the field.
    pub left_out: Option<LeftOut>,
    /// Bytes of all fields.
    length: usize,
}

/// Whether a body is such a form.
#[must_use]
pub fn is_multipart(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    kind.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("multipart/form-data")
}

/// Reads a form as it comes, with no more files than its page takes; its body is no longer than it may be.
///
/// # Errors
/// It is not such a form, ends early, or has more than a page of ours sends.
pub async fn read(headers: &HeaderMap, body: Body, most_files: usize) -> Result<Parts, Problem> {
    let mut request = Request::new(body);
    if let Some(kind) = headers.get(header::CONTENT_TYPE) {
        request.headers_mut().insert(header::CONTENT_TYPE, kind.clone());
    }
    DefaultBodyLimit::disable().apply(&mut request);
    let mut form = Multipart::from_request(request, &()).await.map_err(|_| unread())?;
    let mut parts = Parts::default();
    for _ in 0..MOST_PARTS {
        match form.next_field().await.map_err(|error| cut(&error))? {
            Some(field) => parts.take(field, most_files).await?,
            None => return Ok(parts),
        }
    }
    Err(unread())
}

fn unread() -> Problem {
    Problem::new(MALFORMED, "The form with the file cannot be read.").hint("Send it from the page itself.")
}

/// A form that ends early, or one that is longer than its body may be.
fn cut(error: &MultipartError) -> Problem {
    if error.status() == StatusCode::PAYLOAD_TOO_LARGE {
        SpoolError::TooLong(MAX_CONTENT).into()
    } else {
        unread()
    }
}

impl Parts {
    async fn take(&mut self, field: Field<'_>, most_files: usize) -> Result<(), Problem> {
        let name = field.name().unwrap_or_default().to_owned();
        if field.file_name().is_some() {
            return self.take_file(field, most_files).await;
        }
        let value = String::from_utf8(self.value_of(field).await?).map_err(|_| unread())?;
        self.pairs.push((name, value.replace('\0', "")));
        Ok(())
    }

    /// All fields together have no more than a form without a file.
    async fn value_of(&mut self, mut field: Field<'_>) -> Result<Vec<u8>, Problem> {
        let mut value = Vec::new();
        while let Some(bytes) = field.chunk().await.map_err(|error| cut(&error))? {
            self.length += bytes.len();
            if self.length > MAX_BODY {
                return Err(Problem::new(
                    TOO_LARGE,
                    format!("The fields of the form are longer than {MAX_BODY} bytes."),
                ));
            }
            value.extend_from_slice(&bytes);
        }
        Ok(value)
    }

    async fn take_file(&mut self, mut field: Field<'_>, most_files: usize) -> Result<(), Problem> {
        let file_name = field.file_name().unwrap_or_default().to_owned();
        let media_type = field.content_type().unwrap_or_default();
        let media_type = media_type.split(';').next().unwrap_or_default().trim().to_owned();
        let content = content_of(&mut field).await?;
        // A field without a choice sends an empty file without a name.
        if file_name.is_empty() && content.as_ref().is_some_and(|content| content.length() == 0) {
            return Ok(());
        }
        let name = plain_name(&file_name);
        let left_out = match content {
            None => LeftOut::TooLong(name),
            Some(_) if self.files.len() >= most_files => LeftOut::TooMany,
            Some(content) => {
                self.files.push(SentFile { name, media_type, content });
                return Ok(());
            }
        };
        if most_files <= 1 {
            return Err(left_out.into());
        }
        self.left_out.get_or_insert(left_out);
        Ok(())
    }
}

/// The content of a file; none where it is longer than a file may be: the rest is read past, so that the form comes to its end.
async fn content_of(field: &mut Field<'_>) -> Result<Option<Spooled>, Problem> {
    let mut spool = Some(Spool::new(MAX_CONTENT).await?);
    while let Some(bytes) = field.chunk().await.map_err(|error| cut(&error))? {
        let Some(open) = spool.as_mut() else { continue };
        let taken = open.take(&bytes).await;
        match taken {
            Ok(()) => {}
            Err(SpoolError::TooLong(_)) => spool = None,
            Err(error) => return Err(error.into()),
        }
    }
    Ok(match spool {
        Some(whole) => Some(whole.end().await?),
        None => None,
    })
}

/// A file's name without folders; browsers write three signs in code.
fn plain_name(sent: &str) -> String {
    let name = sent.rsplit(['/', '\\']).next().unwrap_or_default();
    name.replace("%22", "\"").replace("%0D", "\r").replace("%0A", "\n").replace('\0', "")
}

#[cfg(test)]
mod tests {
    use axum::body::Bytes;

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
        read_several(kind, body, 1).await
    }

    async fn read_several(kind: &'static str, body: &Bytes, most_files: usize) -> Result<Parts, Problem> {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, header::HeaderValue::from_static(kind));
        read(&headers, Body::from(body.clone()), most_files).await
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
        let [file] = &parts.files[..] else { panic!("{} files", parts.files.len()) };
        assert_eq!((file.name.as_str(), file.media_type.as_str()), ("x\"y.txt", "text/plain"));
        assert_eq!(file.content.piece(0, 100).await.expect("bytes"), "one\r\n--Aa two");
    }

    #[tokio::test]
    async fn a_file_that_was_not_chosen_is_none() {
        let head = "Content-Disposition: form-data; name=\"file\"; filename=\"\"\r\nContent-Type: application/octet-stream";
        let parts = read_as("multipart/form-data; boundary=AaB", &form(&[(head, b"")])).await;
        assert!(parts.is_ok_and(|parts| parts.files.is_empty()));
    }

    #[tokio::test]
    async fn a_form_of_several_files_is_read_past_those_that_are_too_long_or_too_many() {
        let kind = "multipart/form-data; boundary=AaB";
        let about =
            |name: &str| format!("Content-Disposition: form-data; name=\"file\"; filename=\"{name}\"");
        let (one, other, third) = (about("one.csv"), about("two.csv"), about("three.csv"));
        let read = async |parts: &[(&str, &[u8])]| {
            let parts = read_several(kind, &form(parts), 2).await.unwrap_or_default();
            let names: Vec<String> = parts.files.iter().map(|file| file.name.clone()).collect();
            (names, parts.pairs.len(), parts.left_out)
        };
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let both = [(one.as_str(), &b"1"[..]), (other.as_str(), &b"2"[..]), (FIELD, &b""[..])];
        assert_eq!(read(&both).await, (names(&["one.csv", "two.csv"]), 1, None));
        let many = [both[0], both[1], (third.as_str(), &b"3"[..]), (FIELD, &b""[..])];
        assert_eq!(read(&many).await, (names(&["one.csv", "two.csv"]), 1, Some(LeftOut::TooMany)));
        let long = vec![b'x'; MAX_CONTENT + 1];
        let large = [(one.as_str(), &long[..]), both[1], (FIELD, &b""[..])];
        let left_out = Some(LeftOut::TooLong("one.csv".to_owned()));
        assert_eq!(read(&large).await, (names(&["two.csv"]), 1, left_out));
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
    async fn what_is_too_long_is_said_to_be() {
        let kind = "multipart/form-data; boundary=AaB";
        for (head, length) in [(FILE, MAX_CONTENT), (FIELD, MAX_BODY)] {
            assert!(is_read(&form(&[(head, &vec![b'x'; length])])).await, "{head}");
            let refused = read_as(kind, &form(&[(head, &vec![b'x'; length + 1])])).await.err();
            assert_eq!(refused.expect("too long").kind(), TOO_LARGE, "{head}");
        }
        let half = vec![b'x'; MAX_BODY / 2 + 1];
        let refused = read_as(kind, &form(&[(FIELD, &half), (FIELD, &half)])).await.err();
        assert_eq!(refused.expect("too long together").kind(), TOO_LARGE);
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, header::HeaderValue::from_static(kind));
        let short = http_body_util::Limited::new(Body::from(form(&[(FILE, &[b'x'; 1000])])), 500);
        let refused = read(&headers, Body::new(short), 1).await.err();
        assert_eq!(refused.expect("longer than its body may be").kind(), TOO_LARGE);
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
