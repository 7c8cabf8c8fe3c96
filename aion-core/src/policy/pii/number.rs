//! Numbers with check digits: CPF, CNPJ, payment cards and IBANs, by the shape of their groups.

use super::PiiKind;
use super::checksum;
use super::fold::LETTER;

/// A group is not read beyond this many bytes; the longest IBAN has 34 characters.
const MAX_GROUP: usize = 40;
/// The longest IBAN by fours has nine groups.
const MAX_GROUPS: usize = 9;

/// Letters and digits that stand together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Group {
    pub(super) start: usize,
    pub(super) end: usize,
}

impl Group {
    pub(super) fn at(line: &[u8], start: usize) -> Self {
        let length = line[start..].iter().take(MAX_GROUP).take_while(|&&b| is_word(b)).count();
        Self { start, end: start + length }
    }

    pub(super) fn len(self) -> usize {
        self.end - self.start
    }
}

pub(super) fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == LETTER
}

pub(super) fn is_digit_at(line: &[u8], at: usize) -> bool {
    line.get(at).is_some_and(u8::is_ascii_digit)
}

/// Whether the place from `start` up to `end` is no part of a longer number, such as a decimal, a date or a
/// range.
pub(super) fn stands_alone(line: &[u8], start: usize, end: usize) -> bool {
    let joins = |at: usize| line.get(at).is_some_and(|b| b".-/".contains(b));
    let before = start >= 2 && joins(start - 1) && line[start - 2].is_ascii_digit();
    let after = joins(end) && is_digit_at(line, end + 1);
    !before && !after
}

/// Groups that are joined by one separator each, from `first` on.
struct Chain<'a> {
    line: &'a [u8],
    groups: [Group; MAX_GROUPS],
    /// What stands before each group but the first.
    separators: [u8; MAX_GROUPS],
    count: usize,
}

impl<'a> Chain<'a> {
    fn from(line: &'a [u8], first: Group) -> Self {
        let mut chain = Self { line, groups: [first; MAX_GROUPS], separators: [0; MAX_GROUPS], count: 1 };
        let mut end = first.end;
        while chain.count < MAX_GROUPS
            && end + 1 < line.len()
            && b".-/ ".contains(&line[end])
            && is_word(line[end + 1])
        {
            let next = Group::at(line, end + 1);
            (chain.groups[chain.count], chain.separators[chain.count]) = (next, line[end]);
            end = next.end;
            chain.count += 1;
        }
        chain
    }

    /// Whether the first groups have these lengths.
    fn has_shape(&self, lengths: &[usize]) -> bool {
        lengths.len() <= self.count
            && self.groups.iter().zip(lengths).all(|(group, &length)| group.len() == length)
    }

    /// The separators within the first `count` groups.
    fn separators(&self, count: usize) -> &[u8] {
        &self.separators[1..count]
    }

    /// The characters of the first `count` groups, if they are `N`.
    fn characters<const N: usize>(&self, count: usize) -> Option<[u8; N]> {
        let mut characters = [0; N];
        let mut filled = 0;
        for group in &self.groups[..count] {
            let room = characters.get_mut(filled..filled + group.len())?;
            room.copy_from_slice(&self.line[group.start..group.end]);
            filled += group.len();
        }
        (filled == N).then_some(characters)
    }

    fn end(&self, count: usize) -> usize {
        self.groups[count - 1].end
    }

    /// Whether the first `count` groups are no part of a longer number, and a single one no part of a path
    /// either: the numbers of pages and advertisements in addresses are as long as identifiers.
    fn stands_alone(&self, count: usize) -> bool {
        let (start, end) = (self.groups[0].start, self.end(count));
        let in_path = start > 0 && self.line[start - 1] == b'/' || self.line.get(end) == Some(&b'/');
        stands_alone(self.line, start, end) && !(count == 1 && in_path)
    }
}

/// The number with check digits that begins with `first`: its kind and its end. `after_hit` tells that the
/// group before was taken already.
pub(super) fn recognise(line: &[u8], first: Group, after_hit: bool) -> Option<(PiiKind, usize)> {
    let chain = Chain::from(line, first);
    if let Some(end) = iban(&chain) {
        return Some((PiiKind::Iban, end));
    }
    if let Some(end) = cnpj(&chain) {
        return Some((PiiKind::Cnpj, end));
    }
    if !line[first.start].is_ascii_digit() {
        return None;
    }
    card(&chain, after_hit)
        .map(|end| (PiiKind::Card, end))
        .or_else(|| cpf(&chain).map(|end| (PiiKind::Cpf, end)))
}

fn cpf(chain: &Chain<'_>) -> Option<usize> {
    let count = if chain.has_shape(&[3, 3, 3, 2]) && cpf_separators(chain) {
        4
    } else if chain.has_shape(&[9, 2]) && b"-/".contains(&chain.separators[1]) && chain.stands_alone(2) {
        2
    } else if chain.has_shape(&[11]) && chain.stands_alone(1) {
        1
    } else {
        return None;
    };
    let digits: [u8; 11] = chain.characters(count)?;
    (digits.iter().all(u8::is_ascii_digit) && checksum::cpf(&digits)).then(|| chain.end(count))
}

/// `390.533.447-05` wherever it stands, and its looser spellings where they stand alone. Spaces alone would
/// turn the columns of a table into CPFs.
fn cpf_separators(chain: &Chain<'_>) -> bool {
    match chain.separators(4) {
        [b'.', b'.', b'-' | b'/'] => true,
        [a @ (b'.' | b'-' | b' '), b, b'-' | b'.' | b'/'] => a == b && chain.stands_alone(4),
        _ => false,
    }
}

fn cnpj(chain: &Chain<'_>) -> Option<usize> {
    let (count, formatted) = if chain.has_shape(&[2, 3, 3, 4, 2]) && chain.separators(5) == b"../-" {
        (5, true)
    } else if chain.has_shape(&[2, 3, 3, 4, 2]) && !chain.separators(5).contains(&b' ') {
        (5, false)
    } else if chain.has_shape(&[2, 3, 3, 6]) && chain.separators(4) == b"../" {
        (4, false)
    } else if chain.has_shape(&[8, 4, 2]) && chain.separators(3) == b"/-" {
        (3, false)
    } else if chain.has_shape(&[8, 6]) && chain.separators(2) == b"/"
        || chain.has_shape(&[12, 2]) && chain.separators(2) == b"-"
    {
        (2, false)
    } else if chain.has_shape(&[14]) {
        (1, false)
    } else {
        return None;
    };
    let mut characters: [u8; 14] = chain.characters(count)?;
    let plausible = formatted || (chain.stands_alone(count) && !is_timestamp(&characters));
    if formatted {
        characters.make_ascii_uppercase();
    }
    let legal = characters.iter().all(|b| b.is_ascii_digit() || b.is_ascii_uppercase());
    (plausible && legal && checksum::cnpj(&characters)).then(|| chain.end(count))
}

/// Whether fourteen digits are `YYYYMMDDhhmmss`, of which one in a hundred would pass for a CNPJ.
fn is_timestamp(characters: &[u8; 14]) -> bool {
    let number = |from: usize, to: usize| {
        characters[from..to].iter().fold(0u32, |value, b| value * 10 + u32::from(b.wrapping_sub(b'0')))
    };
    characters.iter().all(u8::is_ascii_digit)
        && (1970..2100).contains(&number(0, 4))
        && (1..=12).contains(&number(4, 6))
        && (1..=31).contains(&number(6, 8))
        && number(8, 10) < 24
        && number(10, 12) < 60
        && number(12, 14) < 60
}

fn card(chain: &Chain<'_>, after_hit: bool) -> Option<usize> {
    const SHAPES: &[&[usize]] =
        &[&[4, 4, 4, 4, 3], &[4, 4, 4, 4], &[4, 6, 5], &[4, 6, 4], &[14], &[15], &[16], &[18], &[19]];
    let fits = |shape: &&&[usize]| {
        let separators = if chain.has_shape(shape) { chain.separators(shape.len()) } else { return false };
        separators.windows(2).all(|pair| pair[0] == pair[1]) && separators.first() != Some(&b'/')
    };
    let count = SHAPES.iter().find(fits)?.len();
    let (start, end) = (chain.groups[0].start, chain.end(count));
    if !chain.stands_alone(count) || (count > 1 && !after_hit && in_a_row(chain, count)) {
        return None;
    }
    let mut digits = [0; 19];
    let mut length = 0;
    for &b in chain.line[start..end].iter().filter(|&&b| is_word(b)) {
        *digits.get_mut(length)? = b;
        length += 1;
    }
    let digits = &digits[..length];
    (digits.iter().all(u8::is_ascii_digit) && is_issued(digits) && checksum::luhn(digits)).then_some(end)
}

/// Whether four groups of four are only a part of a row of such numbers, as in a table of years.
fn in_a_row(chain: &Chain<'_>, count: usize) -> bool {
    let (line, start, end) = (chain.line, chain.groups[0].start, chain.end(count));
    let four = |at: usize| at + 4 <= line.len() && line[at..at + 4].iter().all(u8::is_ascii_digit);
    let before =
        start >= 5 && line[start - 1] == b' ' && four(start - 5) && (start == 5 || line[start - 6] == b' ');
    let after =
        line.get(end) == Some(&b' ') && four(end + 1) && !line.get(end + 5).is_some_and(|&b| is_word(b));
    before || after
}

/// Whether an issuer gives out numbers of this prefix and length (ISO/IEC 7812; the schemes' published
/// ranges). Elo and Hipercard lie within them.
fn is_issued(digits: &[u8]) -> bool {
    let prefix =
        |length: usize| digits[..length].iter().fold(0u32, |value, b| value * 10 + u32::from(b - b'0'));
    match (prefix(2), digits.len()) {
        (34 | 37, 15) | (40..=49, 16 | 19) | (51..=55, 16) | (65, 16 | 19) | (62, 16..=19) | (81, 16) => true,
        (36 | 38 | 39, 14 | 16) => true,
        (30, 14 | 16) => matches!(prefix(3), 300..=305 | 309),
        (22..=27, 16) => matches!(prefix(4), 2200..=2204 | 2221..=2720),
        (35, 16..=19) => matches!(prefix(4), 3528..=3589),
        (60 | 64, 16 | 19) => matches!(prefix(4), 6011 | 6440..=6499) || matches!(prefix(3), 606..=608),
        (50 | 58 | 63 | 67, 16 | 18 | 19) => {
            matches!(prefix(4), 5018..=5020 | 5038 | 5041 | 5066 | 5067 | 5090..=5099 | 5893)
                || matches!(prefix(4), 6304 | 6362 | 6363 | 6370 | 6759 | 6761..=6763)
        }
        _ => false,
    }
}

fn iban(chain: &Chain<'_>) -> Option<usize> {
    let first = chain.groups[0];
    let head = chain.line.get(first.start..first.start + 4)?;
    let country: [u8; 2] = [head[0], head[1]];
    if first.len() < 4 || !head[2..].iter().all(u8::is_ascii_digit) {
        return None;
    }
    let at = IBAN_LENGTHS.binary_search_by_key(&&country, |(code, _)| code).ok()?;
    let length = usize::from(IBAN_LENGTHS[at].1);
    let count = groups_of(chain, length)?;
    let mut characters = [0; MAX_GROUP];
    let mut filled = 0;
    for &b in chain.line[first.start..chain.end(count)].iter().filter(|&&b| is_word(b)) {
        *characters.get_mut(filled)? = b;
        filled += 1;
    }
    let characters = &characters[..filled];
    let legal = characters.iter().all(|b| b.is_ascii_digit() || b.is_ascii_uppercase());
    (legal && checksum::mod_97(characters)).then(|| chain.end(count))
}

/// How many groups make up exactly `length` characters. Most are printed by fours, but not all.
fn groups_of(chain: &Chain<'_>, length: usize) -> Option<usize> {
    let mut total = 0;
    for (index, group) in chain.groups[..chain.count].iter().enumerate() {
        total += group.len();
        if total >= length {
            let count = index + 1;
            return (total == length && !chain.separators(count).contains(&b'/')).then_some(count);
        }
    }
    None
}

/// The lengths in the SWIFT IBAN registry, release 101.
#[rustfmt::skip]
const IBAN_LENGTHS: &[([u8; 2], u8)] = &[
    (*b"AD", 24), (*b"AE", 23), (*b"AL", 28), (*b"AT", 20), (*b"AZ", 28), (*b"BA", 20), (*b"BE", 16),
    (*b"BG", 22), (*b"BH", 22), (*b"BI", 27), (*b"BR", 29), (*b"BY", 28), (*b"CH", 21), (*b"CR", 22),
    (*b"CY", 28), (*b"CZ", 24), (*b"DE", 22), (*b"DJ", 27), (*b"DK", 18), (*b"DO", 28), (*b"EE", 20),
    (*b"EG", 29), (*b"ES", 24), (*b"FI", 18), (*b"FK", 18), (*b"FO", 18), (*b"FR", 27), (*b"GB", 22),
    (*b"GE", 22), (*b"GI", 23), (*b"GL", 18), (*b"GR", 27), (*b"GT", 28), (*b"HN", 28), (*b"HR", 21),
    (*b"HU", 28), (*b"IE", 22), (*b"IL", 23), (*b"IQ", 23), (*b"IS", 26), (*b"IT", 27), (*b"JO", 30),
    (*b"KW", 30), (*b"KZ", 20), (*b"LB", 28), (*b"LC", 32), (*b"LI", 21), (*b"LT", 20), (*b"LU", 20),
    (*b"LV", 21), (*b"LY", 25), (*b"MC", 27), (*b"MD", 24), (*b"ME", 22), (*b"MK", 19), (*b"MN", 20),
    (*b"MR", 27), (*b"MT", 31), (*b"MU", 30), (*b"NI", 28), (*b"NL", 18), (*b"NO", 15), (*b"OM", 23),
    (*b"PK", 24), (*b"PL", 28), (*b"PS", 29), (*b"PT", 25), (*b"QA", 29), (*b"RO", 24), (*b"RS", 22),
    (*b"RU", 33), (*b"SA", 24), (*b"SC", 31), (*b"SD", 18), (*b"SE", 24), (*b"SI", 19), (*b"SK", 24),
    (*b"SM", 27), (*b"SO", 23), (*b"ST", 25), (*b"SV", 28), (*b"TL", 23), (*b"TN", 24), (*b"TR", 26),
    (*b"UA", 29), (*b"VA", 22), (*b"VG", 24), (*b"XK", 20), (*b"YE", 30),
];
