//! What the smaller filters of streams make of their data (ISO 32000-1, 7.4): the sizes, and binary from text.

/// Bytes that run-length data unpacks to (ISO 32000-1, 7.4.5).
pub(super) fn run_length_size(data: &[u8]) -> u64 {
    let (mut at, mut size) = (0, 0);
    while let Some(length) = data.get(at) {
        let length = u64::from(*length);
        let (step, count) = match length {
            0..=127 => (length as usize + 2, length + 1),
            128 => break,
            _ => (2, 257 - length),
        };
        (at, size) = (at + step, size + count);
    }
    size
}

/// Bytes that LZW data unpacks to (ISO 32000-1, 7.4.4), by the lengths of its table's entries alone. Both ways of
/// changing the width of codes are tried, and the larger result counts.
pub(super) fn lzw_size(data: &[u8]) -> u64 {
    lzw_size_with(data, 1).max(lzw_size_with(data, 0))
}

fn lzw_size_with(data: &[u8], early: usize) -> u64 {
    const CLEAR: usize = 256;
    const END: usize = 257;
    let mut lengths: Vec<u64> = vec![1; END + 1];
    let (mut width, mut buffer, mut bits) = (9_u32, 0_u32, 0_u32);
    let (mut previous, mut size) = (0_u64, 0_u64);
    for byte in data {
        (buffer, bits) = (buffer << 8 | u32::from(*byte), bits + 8);
        if bits < width {
            continue;
        }
        bits -= width;
        let code = (buffer >> bits) as usize & ((1 << width) - 1);
        match code {
            END => break,
            CLEAR => {
                lengths.truncate(END + 1);
                (width, previous) = (9, 0);
                continue;
            }
            // A code that is not known yet is the entry that it makes.
            code => {
                let length = lengths.get(code).copied().unwrap_or(previous + 1);
                size += length;
                if previous > 0 && lengths.len() < 4_096 {
                    lengths.push(previous + 1);
                }
                previous = length;
            }
        }
        width = (usize::BITS - (lengths.len() + early).leading_zeros()).clamp(9, 12);
    }
    size
}

/// The data behind ASCII85 or hexadecimal digits, if it is written so.
pub(super) fn from_ascii(data: &[u8]) -> Option<Vec<u8>> {
    let data = data.trim_ascii();
    let sample = &data[..data.len().min(256)];
    if sample.iter().all(|byte| byte.is_ascii_hexdigit() || byte.is_ascii_whitespace() || *byte == b'>') {
        return Some(hexadecimal(data));
    }
    let is_digit = |byte: &u8| matches!(byte, b'!'..=b'u' | b'z' | b'~') || byte.is_ascii_whitespace();
    sample.iter().all(is_digit).then(|| base_85(data))
}

fn hexadecimal(data: &[u8]) -> Vec<u8> {
    let digits = data.iter().filter_map(|byte| char::from(*byte).to_digit(16));
    let digits: Vec<u8> = digits.map(|digit| digit as u8).collect();
    digits.chunks(2).map(|pair| pair[0] << 4 | pair.get(1).copied().unwrap_or(0)).collect()
}

fn base_85(data: &[u8]) -> Vec<u8> {
    let mut decoded = Vec::with_capacity(data.len());
    let mut group: Vec<u8> = Vec::with_capacity(5);
    for byte in data {
        match byte {
            b'z' if group.is_empty() => decoded.extend([0; 4]),
            b'!'..=b'u' => group.push(byte - b'!'),
            b'~' => break,
            _ => {}
        }
        if group.len() == 5 {
            decoded.extend(bytes_of(&group));
            group.clear();
        }
    }
    if group.len() > 1 {
        let count = group.len() - 1;
        group.resize(5, 84);
        decoded.extend(&bytes_of(&group)[..count]);
    }
    decoded
}

fn bytes_of(group: &[u8]) -> [u8; 4] {
    group.iter().fold(0_u32, |sum, digit| sum.wrapping_mul(85).wrapping_add(u32::from(*digit))).to_be_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_those_of_the_unpacked_data() {
        assert_eq!(run_length_size(b"\x02abc\xFEx\x80junk"), 6);
        // The example of ISO 32000-1, 7.4.4.2: 45 45 45 45 45 65 45 45 45 66.
        assert_eq!(lzw_size_with(b"\x80\x0B\x60\x50\x22\x0C\x0C\x85\x01", 1), 10);
        assert_eq!(from_ascii(b"48 65 6C6C6f>").unwrap(), b"Hello");
        assert_eq!(from_ascii(b"87cURD]j7BEbo80~>").unwrap(), b"Hello world!");
    }
}
