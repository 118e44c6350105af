//! Photographs tell more than they show: place, device, owner. All of it is taken out before they are stored (assurance.md E11);
//! which way up a photograph is stays.

use axum::body::Bytes;
use img_parts::jpeg::{Jpeg, markers};
use img_parts::png::Png;
use img_parts::webp::WebP;
use img_parts::{Error, ImageEXIF as _};

/// Kinds of PNG chunks that hold words, times or camera data.
const PNG_METADATA: [[u8; 4]; 5] = [*b"tEXt", *b"zTXt", *b"iTXt", *b"eXIf", *b"tIME"];

/// Which image it is, whatever it is called: what is named otherwise would keep what it tells.
pub(super) fn kind_of(content: &[u8]) -> Option<&'static str> {
    match content {
        [0xff, 0xd8, 0xff, ..] => Some("image/jpeg"),
        [0x89, b'P', b'N', b'G', ..] => Some("image/png"),
        [b'G', b'I', b'F', b'8', ..] => Some("image/gif"),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some("image/webp"),
        [b'I', b'I', 42, 0, ..] | [b'M', b'M', 0, 42, ..] => Some("image/tiff"),
        _ => None,
    }
}

/// The same image without what is not the image; other files as they are.
pub(super) fn without_metadata(media_type: &str, content: Bytes) -> Result<Bytes, Error> {
    match media_type {
        "image/jpeg" => jpeg(content),
        "image/png" => png(content),
        "image/webp" => webp(content),
        _ => Ok(content),
    }
}

fn jpeg(content: Bytes) -> Result<Bytes, Error> {
    let mut image = Jpeg::from_bytes(content)?;
    let orientation = image.exif().and_then(|exif| orientation(&exif));
    // APP0 says how the samples are to be read, APP2 holds the colour profile, APP14 the colour transform.
    image.segments_mut().retain(|segment| {
        let marker = segment.marker();
        let is_application = (markers::APP0..=markers::APP15).contains(&marker);
        let is_needed = [markers::APP0, markers::APP2, markers::APP14].contains(&marker);
        marker != markers::COM && (!is_application || is_needed)
    });
    image.set_exif(orientation.filter(|turned| *turned != 1).map(only_orientation));
    Ok(image.encoder().bytes())
}

fn png(content: Bytes) -> Result<Bytes, Error> {
    let mut image = Png::from_bytes(content)?;
    image.chunks_mut().retain(|chunk| !PNG_METADATA.contains(&chunk.kind()));
    Ok(image.encoder().bytes())
}

fn webp(content: Bytes) -> Result<Bytes, Error> {
    let mut image = WebP::from_bytes(content)?;
    image.set_exif(None);
    image.remove_chunks_by_id(*b"XMP ");
    Ok(image.encoder().bytes())
}

/// EXIF tag 0x0112 of the first directory (TIFF 6.0, section 8), read by hand: nothing else of it is wanted.
fn orientation(exif: &[u8]) -> Option<u16> {
    let is_little = match exif.get(..4)? {
        [b'I', b'I', 42, 0] => true,
        [b'M', b'M', 0, 42] => false,
        _ => return None,
    };
    let short = |place: usize| {
        let bytes: [u8; 2] = exif.get(place..place + 2)?.try_into().ok()?;
        Some(if is_little { u16::from_le_bytes(bytes) } else { u16::from_be_bytes(bytes) })
    };
    let long = |place: usize| {
        let bytes: [u8; 4] = exif.get(place..place + 4)?.try_into().ok()?;
        Some(if is_little { u32::from_le_bytes(bytes) } else { u32::from_be_bytes(bytes) })
    };
    let directory = usize::try_from(long(4)?).ok()?;
    let entries = usize::from(short(directory)?);
    let found =
        (0..entries).map(|number| directory + 2 + number * 12).find(|entry| short(*entry) == Some(0x0112))?;
    short(found + 8).filter(|value| (1..=8).contains(value))
}

/// EXIF with one entry: which way up.
fn only_orientation(value: u16) -> Bytes {
    let mut exif = vec![b'M', b'M', 0, 42, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1];
    exif.extend_from_slice(&value.to_be_bytes());
    exif.extend_from_slice(&[0; 6]);
    exif.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_up_is_read_back_from_what_is_written() {
        for value in 1..=8 {
            assert_eq!(orientation(&only_orientation(value)), Some(value));
        }
        for cut in 0..26 {
            let whole = only_orientation(6);
            let _ = orientation(&whole[..cut]);
        }
        assert_eq!(orientation(b"II*\0\xff\xff\xff\xff"), None);
    }

    #[test]
    fn what_is_no_image_is_refused_or_left_alone() {
        assert!(without_metadata("image/jpeg", Bytes::from_static(b"GIF89a")).is_err());
        assert!(without_metadata("image/png", Bytes::from_static(b"\x89PNG\r\n\x1a\n\xff\xff")).is_err());
        assert!(
            without_metadata("application/pdf", Bytes::from_static(b"%PDF-1.7"))
                .is_ok_and(|same| same == "%PDF-1.7")
        );
    }
}
