//! Images tell more than they show: place, device, owner. All of it is taken out before they are stored (assurance.md E11);
//! which way up a photograph is stays. What is kept is listed, so that what nobody thought of goes.

use axum::body::Bytes;
use img_parts::jpeg::{Jpeg, JpegSegment, markers};
use img_parts::png::Png;
use img_parts::webp::WebP;
use img_parts::{Error, ImageEXIF};

use super::gif;
use super::jpeg::scans_only;

/// Chunks of a PNG that are its picture, its colours and its animation.
const PNG_PICTURE: [[u8; 4]; 18] = [
    *b"IHDR", *b"PLTE", *b"IDAT", *b"IEND", *b"tRNS", *b"cHRM", *b"gAMA", *b"iCCP", *b"sBIT", *b"sRGB",
    *b"cICP", *b"bKGD", *b"hIST", *b"pHYs", *b"sPLT", *b"acTL", *b"fcTL", *b"fdAT",
];

/// The same of a WebP.
const WEBP_PICTURE: [[u8; 4]; 7] = [*b"VP8 ", *b"VP8L", *b"VP8X", *b"ALPH", *b"ANIM", *b"ANMF", *b"ICCP"];

/// Brands of ISO media files that are still images (HEIF, AVIF).
const HEIF_BRANDS: [&[u8; 4]; 11] =
    [b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"mif2", b"msf1", b"avif", b"avis"];

/// Types of images whose metadata cannot be taken out here.
pub(super) const NOT_TAKEN: [&str; 3] = ["image/tiff", "image/heic", "image/jxl"];

/// Which image it is, whatever it is called: what is named otherwise would keep what it tells.
pub(super) fn kind_of(content: &[u8]) -> Option<&'static str> {
    match content {
        [0xff, 0xd8, 0xff, ..] => Some("image/jpeg"),
        [0x89, b'P', b'N', b'G', ..] => Some("image/png"),
        [b'G', b'I', b'F', b'8', ..] => Some("image/gif"),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some("image/webp"),
        // Raw files of cameras are TIFF as well; 43 is its large form.
        [b'I', b'I', 42 | 43, 0, ..] | [b'M', b'M', 0, 42 | 43, ..] => Some("image/tiff"),
        [_, _, _, _, b'f', b't', b'y', b'p', brand @ ..] if is_heif(brand) => Some("image/heic"),
        [0xff, 0x0a, ..] | [0, 0, 0, 12, b'J', b'X', b'L', b' ', ..] => Some("image/jxl"),
        _ => None,
    }
}

/// Whether images of this type are taken apart before they are stored.
pub(super) fn is_stripped(media_type: &str) -> bool {
    matches!(media_type, "image/jpeg" | "image/png" | "image/webp" | "image/gif")
}

/// The major brand, or one of those it is compatible with.
fn is_heif(brands: &[u8]) -> bool {
    let listed = brands.chunks_exact(4).take(16);
    listed.into_iter().any(|brand| HEIF_BRANDS.iter().any(|known| brand == known.as_slice()))
}

/// The same image without what is not the image; other files as they are. Metadata of PDF and office files stays: it belongs to
/// the document.
pub(super) fn without_metadata(media_type: &str, content: Bytes) -> Result<Bytes, Error> {
    match media_type {
        "image/jpeg" => jpeg(content),
        "image/png" => png(content),
        "image/webp" => webp(content),
        "image/gif" => gif::picture_of(&content).map(Bytes::from).ok_or(Error::Truncated),
        _ => Ok(content),
    }
}

fn jpeg(content: Bytes) -> Result<Bytes, Error> {
    let mut image = Jpeg::from_bytes(content)?;
    let turned = turned(&image);
    image.segments_mut().retain(is_of_the_image);
    let Some(scan) = image.segments_mut().pop() else {
        return Err(Error::Truncated);
    };
    image.set_exif(turned);
    // What the library holds as the scan's data goes on to the end of the file.
    let from_scan = scan.clone().encoder().bytes();
    let header = 2 + scan.contents().len() + 2;
    let data = from_scan.get(header..).and_then(scans_only).ok_or(Error::Truncated)?;
    let contents = scan.contents().clone();
    image.segments_mut().push(JpegSegment::new_with_entropy(scan.marker(), contents, data.into()));
    Ok(image.encoder().bytes())
}

/// APP0 (JFIF) says how the samples are to be read, APP2 holds the colour profile (else other images), APP14 the colour
/// transform. A small picture in APP0 may show what was cut off.
fn is_of_the_image(segment: &JpegSegment) -> bool {
    let contents = segment.contents();
    match segment.marker() {
        markers::APP0 => contents.starts_with(b"JFIF\0") && contents.len() == 14,
        markers::APP2 => contents.starts_with(b"ICC_PROFILE\0"),
        markers::APP14 => contents.starts_with(b"Adobe"),
        markers::COM => false,
        marker => !(markers::APP0..=markers::APP15).contains(&marker),
    }
}

fn png(content: Bytes) -> Result<Bytes, Error> {
    let mut image = Png::from_bytes(content)?;
    let turned = turned(&image);
    image.chunks_mut().retain(|chunk| PNG_PICTURE.contains(&chunk.kind()));
    image.set_exif(turned);
    Ok(image.encoder().bytes())
}

fn webp(content: Bytes) -> Result<Bytes, Error> {
    let mut image = WebP::from_bytes(content)?;
    let turned = turned(&image);
    // The library's own ways keep the flags of the header right.
    image.remove_chunks_by_id(*b"XMP ");
    image.set_exif(turned.clone());
    let keeps_exif = turned.is_some();
    image
        .chunks_mut()
        .retain(|chunk| WEBP_PICTURE.contains(&chunk.id()) || (keeps_exif && chunk.id() == *b"EXIF"));
    Ok(image.encoder().bytes())
}

/// EXIF that says which way up the image is, where it is turned at all.
fn turned(image: &impl ImageEXIF) -> Option<Bytes> {
    let orientation = image.exif().and_then(|exif| orientation(&exif))?;
    (orientation != 1).then(|| only_orientation(orientation))
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
