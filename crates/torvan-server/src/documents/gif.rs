//! A GIF without what is not the picture: comments, words, data of programs, whatever stands behind its end (`GIF89a`, appendix A).
//! No library that is kept writes the blocks back as they were; they are only walked over, never unpacked.

/// Blocks of programs that say how often an animation runs: part of what is seen.
const LOOPS: [&[u8]; 2] = [b"NETSCAPE2.0", b"ANIMEXTS1.0"];

const EXTENSION: u8 = 0x21;
const IMAGE: u8 = 0x2c;
const TRAILER: u8 = 0x3b;
const GRAPHIC_CONTROL: u8 = 0xf9;
const APPLICATION: u8 = 0xff;

/// The picture alone; none when it is no GIF, or ends early.
pub(super) fn picture_of(content: &[u8]) -> Option<Vec<u8>> {
    if !content.starts_with(b"GIF87a") && !content.starts_with(b"GIF89a") {
        return None;
    }
    let mut place = 13 + colours(*content.get(10)?);
    let mut kept = content.get(..place)?.to_vec();
    loop {
        let begun = place;
        match *content.get(place)? {
            TRAILER => {
                kept.push(TRAILER);
                return Some(kept);
            }
            EXTENSION => {
                place = after_blocks(content, place + 2)?;
                if is_needed(content, begun)? {
                    kept.extend_from_slice(content.get(begun..place)?);
                }
            }
            IMAGE => {
                let table = colours(*content.get(place + 9)?);
                // Descriptor, colours, the size of a code, then the picture's data.
                place = after_blocks(content, place + 10 + table + 1)?;
                kept.extend_from_slice(content.get(begun..place)?);
            }
            _ => return None,
        }
    }
}

/// Length of the table of colours that these flags announce.
fn colours(flags: u8) -> usize {
    if flags & 0x80 == 0 { 0 } else { 3 << ((flags & 7) + 1) }
}

/// The place behind a row of blocks.
fn after_blocks(content: &[u8], mut place: usize) -> Option<usize> {
    loop {
        let length = usize::from(*content.get(place)?);
        place += 1 + length;
        if length == 0 {
            return Some(place);
        }
    }
}

fn is_needed(content: &[u8], place: usize) -> Option<bool> {
    Some(match *content.get(place + 1)? {
        GRAPHIC_CONTROL => true,
        APPLICATION => LOOPS.iter().any(|name| content.get(place + 3..place + 14) == Some(*name)),
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &[u8] = b"GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xff\xff\xff";
    const PICTURE: &[u8] = b"\x2c\0\0\0\0\x01\0\x01\0\0\x02\x02\x44\x01\0";

    #[test]
    fn the_picture_stays_and_words_go() {
        let loops = b"\x21\xff\x0bNETSCAPE2.0\x03\x01\0\0\0".as_slice();
        let control = b"\x21\xf9\x04\0\0\0\0\0".as_slice();
        let words = b"\x21\xfe\x06SECRET\0".as_slice();
        let program = b"\x21\xff\x0bXMP DataXMP\x06SECRET\0".as_slice();
        let whole = [HEAD, loops, words, program, control, PICTURE, b"\x3b<script>"].concat();
        let expected = [HEAD, loops, control, PICTURE, b"\x3b"].concat();
        assert_eq!(picture_of(&whole), Some(expected));
    }

    #[test]
    fn what_ends_early_is_no_picture() {
        let whole = [HEAD, PICTURE, b"\x3b"].concat();
        assert!(picture_of(&whole).is_some());
        for cut in 0..whole.len() {
            assert_eq!(picture_of(&whole[..cut]), None, "{cut} bytes");
        }
        assert_eq!(picture_of(b"GIF89a/*<script>alert(1)</script>*/"), None);
    }
}
