//! Huffman codes, and the bits that they are read from (ITU-T T.81, annexes C and F.2.2).

/// Codes up to this length are found in one look.
const LOOK: u32 = 12;
/// Zeros behind the data, so that the last codes are read like all others.
pub(super) const PADDING: usize = 8;

/// A code as it is read.
#[derive(Clone, Copy, Default)]
pub(super) struct Code {
    length: u8,
    /// Bits of the number that follows.
    pub(super) size: u8,
    /// Zeros that go before that number.
    pub(super) run: u8,
    /// Bits of the code and its number.
    pub(super) bits: u8,
}

/// As many codes with their numbers as lie within [`LOOK`] bits, to be passed over at once.
#[derive(Clone, Copy, Default)]
pub(super) struct Skip {
    /// Bits of them all; 0 where not even one fits.
    pub(super) bits: u8,
    /// Coefficients of them all.
    pub(super) coefficients: u8,
    /// Whether the last of them ends the block.
    pub(super) ends: bool,
}

/// The codes of one table.
#[derive(Clone)]
pub(super) struct Table {
    /// By the next [`LOOK`] bits; of length 0 where the code is longer.
    look: Box<[Code; 1 << LOOK]>,
    /// For each length the first number, in 16 bits, that is beyond its codes.
    ends: [u32; 17],
    /// For each length what is added to a code for the place of its symbol.
    offsets: [i32; 17],
    symbols: Vec<u8>,
    /// By the next [`LOOK`] bits.
    skips: Box<[Skip; 1 << LOOK]>,
}

impl Table {
    /// `None` where there are more codes than bits can tell apart.
    pub(super) fn new(counts: &[u8; 16], symbols: &[u8]) -> Option<Self> {
        let mut table = Self {
            look: vec![Code::default(); 1 << LOOK].try_into().ok()?,
            ends: [0; 17],
            offsets: [0; 17],
            symbols: symbols.to_vec(),
            skips: vec![Skip::default(); 1 << LOOK].try_into().ok()?,
        };
        let (mut code, mut place) = (0u32, 0usize);
        for length in 1..=16 {
            let count = usize::from(counts[length - 1]);
            table.offsets[length] = place as i32 - code as i32;
            for &symbol in symbols.get(place..place + count)? {
                table.note(code, length as u32, symbol);
                code += 1;
            }
            place += count;
            if code > 1 << length {
                return None;
            }
            table.ends[length] = code << (16 - length);
            code <<= 1;
        }
        for bits in 0..1 << LOOK {
            table.skips[bits] = table.skip_of(bits);
        }
        Some(table)
    }

    /// What can be passed over where the next bits are `bits`.
    fn skip_of(&self, bits: usize) -> Skip {
        let mut skip = Skip::default();
        while !skip.ends {
            let code = self.look[(bits << skip.bits) & ((1 << LOOK) - 1)];
            let is_end = code.size == 0 && code.run == 0;
            let is_run = code.size == 0 && code.run == 15;
            let is_known = code.length > 0 && (code.size > 0 || is_end || is_run);
            if !is_known || u32::from(skip.bits + code.bits) > LOOK {
                break;
            }
            skip.bits += code.bits;
            skip.ends = is_end;
            skip.coefficients += if is_end { 0 } else { code.run + 1 };
        }
        skip
    }

    fn note(&mut self, code: u32, length: u32, symbol: u8) {
        if length > LOOK || code >> length != 0 {
            return;
        }
        let first = (code << (LOOK - length)) as usize;
        let last = first + (1 << (LOOK - length));
        self.look[first..last].fill(Code::of(length as u8, symbol));
    }

    /// The code that `bits` begin with; `None` where there is no such code.
    #[inline]
    pub(super) fn find(&self, bits: &Bits<'_>) -> Option<Code> {
        let code = self.look[(bits.buffer >> (64 - LOOK)) as usize];
        if code.length > 0 { Some(code) } else { self.find_long(bits) }
    }

    /// What can be passed over in `bits`, where nothing of it is kept.
    #[inline]
    pub(super) fn skip(&self, bits: &Bits<'_>) -> Skip {
        self.skips[(bits.buffer >> (64 - LOOK)) as usize]
    }

    #[cold]
    fn find_long(&self, bits: &Bits<'_>) -> Option<Code> {
        let next = (bits.buffer >> 48) as u32;
        let length = (LOOK as usize + 1..=16).find(|&length| next < self.ends[length])?;
        let place = (next >> (16 - length)) as i32 + self.offsets[length];
        Some(Code::of(length as u8, *self.symbols.get(usize::try_from(place).ok()?)?))
    }
}

impl Code {
    fn of(length: u8, symbol: u8) -> Self {
        let size = symbol & 15;
        Self { length, size, run: symbol >> 4, bits: length + size }
    }
}

/// Bits, the first ones on top.
pub(super) struct Bits<'a> {
    /// With [`PADDING`] zeros at its end.
    data: &'a [u8],
    place: usize,
    buffer: u64,
    count: u32,
}

impl<'a> Bits<'a> {
    pub(super) fn new(data: &'a [u8]) -> Self {
        Self { data, place: 0, buffer: 0, count: 0 }
    }

    /// Makes sure of 56 bits: enough for two codes with their numbers.
    #[inline]
    pub(super) fn refill(&mut self) {
        // Giesen, Reading bits in far too many ways, 2018: whole words, of which some bytes are read again.
        let word = self.data.get(self.place..).and_then(<[u8]>::first_chunk);
        self.buffer |= u64::from_be_bytes(*word.unwrap_or(&[0; 8])) >> self.count;
        self.place += ((63 - self.count) >> 3) as usize;
        self.count |= 56;
    }

    #[inline]
    pub(super) fn skip(&mut self, bits: u8) {
        self.buffer <<= bits;
        self.count -= u32::from(bits);
    }

    /// The number that follows `code` (T.81, F.2.2.1, EXTEND).
    #[inline]
    pub(super) fn number(&self, code: Code) -> i32 {
        if code.size == 0 {
            return 0;
        }
        let bits = ((self.buffer << code.length) >> (64 - u32::from(code.size))) as i32;
        let half = 1 << (code.size - 1);
        if bits < half { bits - 2 * half + 1 } else { bits }
    }

    /// Whether more was read than there is.
    pub(super) fn is_beyond(&self) -> bool {
        8 * self.place - self.count as usize > 8 * (self.data.len() - PADDING)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The codes of T.81, table K.3: 00, 010, 011, 100, 101, 110, 1110, …, 111111110.
    const COUNTS: [u8; 16] = [0, 1, 5, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0];

    fn read(table: &Table, data: &[u8], count: usize) -> Vec<(u8, i32)> {
        let padded = [data, &[0; PADDING]].concat();
        let mut bits = Bits::new(&padded);
        let mut codes = Vec::new();
        for _ in 0..count {
            bits.refill();
            let code = table.find(&bits).unwrap();
            codes.push((code.size, bits.number(code)));
            bits.skip(code.bits);
        }
        codes
    }

    #[test]
    fn codes_and_numbers_are_those_of_the_standard() {
        let symbols: Vec<u8> = (0..12).collect();
        let table = Table::new(&COUNTS, &symbols).unwrap();
        // 00 | 010 0 | 010 1 | 011 01 | 110 10000 | 1110 000000
        let data = [0b0001_0001, 0b0101_1011, 0b1010_0001, 0b1100_0000, 0b0000_0000];
        assert_eq!(read(&table, &data, 6), [(0, 0), (1, -1), (1, 1), (2, -2), (5, 16), (6, -63)]);
    }

    #[test]
    fn long_codes_are_found() {
        let mut counts = [0; 16];
        (counts[0], counts[15]) = (1, 2);
        let table = Table::new(&counts, &[3, 4, 5]).unwrap();
        // 0 + 111 | 1000000000000000 + 1111 | 1000000000000001 + 10000
        let data = [0b0111_1000, 0, 0b0000_1111, 0b1000_0000, 0b0000_0001, 0b1000_0000];
        assert_eq!(read(&table, &data, 3), [(3, 7), (4, 15), (5, 16)]);
    }

    #[test]
    fn impossible_tables_are_none() {
        let mut counts = [0; 16];
        counts[0] = 3;
        assert!(Table::new(&counts, &[0, 1, 2]).is_none());
        assert!(Table::new(&COUNTS, &[0; 5]).is_none());
    }
}
