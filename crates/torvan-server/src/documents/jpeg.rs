//! What follows the header of a JPEG: scans, tables between them, and often more behind the end, such as a second image with
//! metadata of its own (MPF) or another file (ITU-T T.81, annex B).

const FILL: u8 = 0xff;
const END: u8 = 0xd9;
const SCAN: u8 = 0xda;

/// The scans up to the end of the image, without words and data of programs between them; none when the image ends early.
pub(super) fn scans_only(entropy: &[u8]) -> Option<Vec<u8>> {
    let mut kept = Vec::with_capacity(entropy.len());
    let mut place = 0;
    loop {
        let byte = *entropy.get(place)?;
        if byte != FILL {
            kept.push(byte);
            place += 1;
            continue;
        }
        match *entropy.get(place + 1)? {
            END => {
                kept.extend_from_slice(&[FILL, END]);
                return Some(kept);
            }
            // A second fill byte says nothing.
            FILL => place += 1,
            // A byte of the scan, or a mark to begin again.
            data @ (0x00 | 0x01 | 0xd0..=0xd7) => {
                kept.extend_from_slice(&[FILL, data]);
                place += 2;
            }
            marker => {
                let next = place + 2 + length(entropy, place + 2)?;
                let segment = entropy.get(place..next)?;
                if is_table(marker) {
                    kept.extend_from_slice(segment);
                }
                place = next;
            }
        }
    }
}

fn length(entropy: &[u8], place: usize) -> Option<usize> {
    let bytes: [u8; 2] = entropy.get(place..place + 2)?.try_into().ok()?;
    Some(usize::from(u16::from_be_bytes(bytes))).filter(|length| *length >= 2)
}

/// Huffman and quantisation tables, restart interval, number of lines, arithmetic conditioning, a further scan.
fn is_table(marker: u8) -> bool {
    matches!(marker, 0xc4 | 0xcc | 0xdb | 0xdc | 0xdd | SCAN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scans_and_tables_stay_and_the_rest_goes() {
        let tables = b"\xff\xc4\0\x03T".as_slice();
        let scan = b"\xff\xda\0\x03S".as_slice();
        let comment = b"\xff\xfe\0\x08SECRET".as_slice();
        let whole =
            [b"A\xff\0B\xff\xd0C", tables, comment, scan, b"D\xff\xff\xd9\xff\xd8SECRET\xff\xd9"].concat();
        let expected = [b"A\xff\0B\xff\xd0C", tables, scan, b"D\xff\xd9"].concat();
        assert_eq!(scans_only(&whole), Some(expected));
    }

    #[test]
    fn an_image_without_its_end_is_none() {
        for cut in
            [b"".as_slice(), b"A", b"A\xff", b"A\xff\xfe\0", b"A\xff\xfe\0\x09ab", b"A\xff\xfe\0\0\xff\xd9"]
        {
            assert_eq!(scans_only(cut), None, "{cut:?}");
        }
    }
}
