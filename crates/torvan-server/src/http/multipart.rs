//! Forms with a file, as browsers send them without a script (`multipart/form-data`, RFC 7578).

use axum::body::Bytes;

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

/// The boundary that a content type names.
#[must_use]
pub fn boundary(content_type: &str) -> Option<&str> {
    let (kind, rest) = content_type.split_once(';')?;
    if !kind.trim().eq_ignore_ascii_case("multipart/form-data") {
        return None;
    }
    let named = rest.split(';').find_map(|part| part.trim().strip_prefix("boundary="))?;
    let named = named.trim_matches('"');
    (!named.is_empty() && named.len() <= 70).then_some(named)
}

fn find(text: &[u8], wanted: &[u8], from: usize) -> Option<usize> {
    let rest = text.get(from..)?;
    // A line's end begins every boundary: only there is it looked for.
    let mut at = 0;
    while let Some(next) = rest[at..].iter().position(|sign| *sign == wanted[0]) {
        at += next;
        if rest[at..].starts_with(wanted) {
            return Some(from + at);
        }
        at += 1;
    }
    None
}

/// A value of a header's parameters, such as `name` of `form-data; name="file"`.
fn parameter(header: &str, name: &str) -> Option<String> {
    let mark = format!("{name}=\"");
    let at = header.match_indices(&mark).map(|(at, _)| at).find(|at| header[..*at].ends_with([' ', ';']))?;
    let rest = &header[at + mark.len()..];
    let end = rest.find('"')?;
    // Browsers write these three signs in code.
    Some(rest[..end].replace("%22", "\"").replace("%0D", "\r").replace("%0A", "\n"))
}

#[derive(Default)]
struct Head {
    name: String,
    file_name: Option<String>,
    media_type: String,
}

fn head(text: &str) -> Head {
    let mut head = Head::default();
    for line in text.split("\r\n") {
        let Some((name, value)) = line.split_once(':') else { continue };
        if name.eq_ignore_ascii_case("content-disposition") {
            head.name = parameter(value, "name").unwrap_or_default();
            head.file_name = parameter(value, "filename");
        } else if name.eq_ignore_ascii_case("content-type") {
            value.split(';').next().unwrap_or_default().trim().clone_into(&mut head.media_type);
        }
    }
    head
}

/// Reads a whole form; none where it is not one, or ends early.
#[must_use]
pub fn read(body: &Bytes, boundary: &str) -> Option<Parts> {
    let first = format!("--{boundary}");
    let between = format!("\r\n--{boundary}");
    if !body.starts_with(first.as_bytes()) {
        return None;
    }
    let mut parts = Parts::default();
    let mut at = first.len();
    for _ in 0..MOST_PARTS {
        if body[at..].starts_with(b"--") {
            return Some(parts);
        }
        let begin = at + body[at..].starts_with(b"\r\n").then_some(2)?;
        let head_end = find(body, b"\r\n\r\n", begin)?;
        let end = find(body, between.as_bytes(), head_end + 2)?;
        let head = head(&String::from_utf8_lossy(&body[begin..head_end]));
        let content = body.slice((head_end + 4).min(end)..end);
        parts.take(head, content);
        at = end + between.len();
    }
    None
}

impl Parts {
    fn take(&mut self, head: Head, content: Bytes) {
        let Some(file_name) = head.file_name else {
            let value = String::from_utf8_lossy(&content).replace('\0', "");
            return self.pairs.push((head.name, value));
        };
        // A field without a choice sends an empty file without a name.
        if !file_name.is_empty() || !content.is_empty() {
            let name = file_name.rsplit(['/', '\\']).next().unwrap_or_default().to_owned();
            self.file = Some(SentFile { name, media_type: head.media_type, bytes: content });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(parts: &[(&str, &str)]) -> Bytes {
        let mut body = String::new();
        for (head, content) in parts {
            body.push_str(&["--AaB\r\n", head, "\r\n\r\n", content, "\r\n"].concat());
        }
        body.push_str("--AaB--\r\n");
        Bytes::from(body)
    }

    #[test]
    fn a_form_has_its_fields_and_its_file() {
        let body = form(&[
            ("Content-Disposition: form-data; name=\"kind\"", "PHOTO"),
            (
                "Content-Disposition: form-data; name=\"file\"; filename=\"C:\\a\\x%22y.txt\"\r\nContent-Type: text/plain",
                "one\r\n--Aa two",
            ),
            ("Content-Disposition: form-data; name=\"note\"", ""),
        ]);
        let parts = read(&body, "AaB").expect("a form");
        assert_eq!(
            parts.pairs,
            [("kind".to_owned(), "PHOTO".to_owned()), ("note".to_owned(), String::new())]
        );
        let file = parts.file.expect("a file");
        assert_eq!((file.name.as_str(), file.media_type.as_str()), ("x\"y.txt", "text/plain"));
        assert_eq!(&file.bytes[..], b"one\r\n--Aa two");
    }

    #[test]
    fn a_file_that_was_not_chosen_is_none() {
        let body = form(&[(
            "Content-Disposition: form-data; name=\"file\"; filename=\"\"\r\nContent-Type: application/octet-stream",
            "",
        )]);
        assert!(read(&body, "AaB").expect("a form").file.is_none());
    }

    #[test]
    fn what_is_no_form_or_is_cut_is_none() {
        let whole = form(&[("Content-Disposition: form-data; name=\"a\"", "b")]);
        for length in 0..whole.len() - 4 {
            assert!(read(&whole.slice(..length), "AaB").is_none(), "{length}");
        }
        assert!(read(&whole, "other").is_none());
    }

    #[test]
    fn the_boundary_is_that_of_the_header() {
        assert_eq!(boundary("multipart/form-data; boundary=AaB"), Some("AaB"));
        assert_eq!(boundary("Multipart/Form-Data; charset=utf-8; boundary=\"A b\""), Some("A b"));
        for other in ["text/plain; boundary=AaB", "multipart/form-data", "multipart/form-data; boundary="] {
            assert_eq!(boundary(other), None);
        }
    }
}
