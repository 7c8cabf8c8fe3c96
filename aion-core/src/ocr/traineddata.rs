//! A language file, read before Tesseract reads it.
//!
//! Tesseract asserts on what it loads, and a failed assertion of it ends the process. So whatever its loader
//! takes on trust is checked here: the container, the network, the characters and their codes, the word graphs.
//! The values of the weights are not: wrong ones make wrong text, and nothing worse.

use std::collections::HashSet;

use super::network;
use super::reader::Reader;

/// What is wrong with a file, in words that follow "because" in a message.
pub(super) type Fault = &'static str;

/// The components of the container that are read when only the LSTM recognizer is loaded, by their index.
mod component {
    pub(super) const CONFIG: usize = 0;
    pub(super) const LSTM: usize = 17;
    pub(super) const WORD_GRAPHS: [usize; 3] = [18, 19, 20];
    pub(super) const UNICHARSET: usize = 21;
    pub(super) const RECODER: usize = 22;
    /// How many Tesseract knows; a file may have fewer.
    pub(super) const COUNT: usize = 24;
}

/// Flags of the trained network.
const FLAG_INT_MODE: u32 = 1;
const FLAG_RECODED: u32 = 64;

/// Checks the bytes of `*.traineddata` and returns the languages that it asks to be loaded with it.
///
/// # Errors
/// The first fault that was found.
pub(super) fn check(bytes: &[u8]) -> Result<Vec<String>, Fault> {
    let components = components(bytes)?;
    let find = |index: usize| components.get(index).copied().flatten();
    let lstm = find(component::LSTM).ok_or("it holds no LSTM model")?;
    let unicharset = find(component::UNICHARSET).ok_or("it holds no list of characters")?;
    let characters = check_unicharset(unicharset)?;
    let recoder = find(component::RECODER).ok_or("it holds no codes of characters")?;
    check_lstm(lstm, recoder, characters)?;
    for index in component::WORD_GRAPHS {
        find(index).map_or(Ok(()), check_word_graph)?;
    }
    find(component::CONFIG).map_or(Ok(Vec::new()), sublanguages)
}

/// The container: a count, a table of offsets, the components in the order of their index.
fn components(bytes: &[u8]) -> Result<Vec<Option<&[u8]>>, Fault> {
    const BROKEN: Fault = "its table of contents is damaged or the file is cut short";
    let mut reader = Reader::new(bytes);
    let count = reader.u32().ok_or(BROKEN)? as usize;
    if !(1..=1000).contains(&count) {
        return Err("it is not a Tesseract language file");
    }
    let table = reader.take(count * 8).ok_or(BROKEN)?;
    let mut offsets = Vec::with_capacity(count);
    // Tesseract reads the components one after the other, so the first has to follow the table.
    let mut least = 4 + table.len();
    let mut most = least;
    for entry in table.as_chunks::<8>().0 {
        let offset = match i64::from_le_bytes(*entry) {
            -1 => None,
            offset => {
                Some(usize::try_from(offset).ok().filter(|at| (least..=most).contains(at)).ok_or(BROKEN)?)
            }
        };
        if let Some(offset) = offset {
            (least, most) = (offset + 1, bytes.len());
        }
        offsets.push(offset);
    }
    let mut next = bytes.len();
    let mut components = vec![None; count];
    for (slot, offset) in components.iter_mut().zip(offsets).rev() {
        if let Some(start) = offset {
            *slot = Some(bytes.get(start..next).filter(|slice| !slice.is_empty()).ok_or(BROKEN)?);
            next = start;
        }
    }
    components.truncate(component::COUNT);
    Ok(components)
}

/// The network, and the numbers behind it, against the codes that it is to put out.
fn check_lstm(bytes: &[u8], recoder: &[u8], characters: usize) -> Result<(), Fault> {
    const BROKEN: Fault = "its network is damaged";
    let mut reader = Reader::new(bytes);
    let network = network::read(&mut reader).ok_or(BROKEN)?;
    reader.string().ok_or(BROKEN)?;
    let flags = reader.u32().ok_or(BROKEN)?;
    reader.take(8).ok_or(BROKEN)?; // how long it was trained
    let null = reader.u32().ok_or(BROKEN)?;
    reader.take(12).ok_or(BROKEN)?; // how fast it learned
    let codes = match flags & FLAG_RECODED {
        0 => characters,
        _ => check_recoder(recoder, characters).ok_or("its codes of characters are damaged")?,
    };
    let fits = network.outputs == codes || (flags & FLAG_RECODED == 0 && network.outputs == codes + 1);
    let is_whole =
        fits && (null as usize) < network.outputs && network.is_int == (flags & FLAG_INT_MODE != 0);
    if is_whole { Ok(()) } else { Err("its network does not fit its characters") }
}

/// The number of codes in use, from 0 without gaps at the top.
fn check_recoder(bytes: &[u8], characters: usize) -> Option<usize> {
    const LONGEST: u32 = 9;
    let mut reader = Reader::new(bytes);
    let count = reader.u32()? as usize;
    // One more than there are characters: the null character may have no entry of its own.
    if count == 0 || count > characters + 1 {
        return None;
    }
    let mut highest = 0;
    for index in 0..count {
        reader.u8()?;
        let length = reader.u32().filter(|length| (1..=LONGEST).contains(length))?;
        for place in 0..length {
            let code = reader.u32().filter(|&code| code <= u32::from(u16::MAX))?;
            let is_garbled_space = index == 0 && place == 0 && code != 0;
            if is_garbled_space {
                return None;
            }
            highest = highest.max(code as usize);
        }
    }
    Some(highest + 1)
}

/// The number of characters: a count, then a line for each that begins with it and its properties in hexadecimal.
fn check_unicharset(bytes: &[u8]) -> Result<usize, Fault> {
    const BROKEN: Fault = "its list of characters is damaged";
    /// Tesseract's buffers for a line and for a character.
    const LINE: usize = 254;
    const CHARACTER: usize = 30;
    let text = std::str::from_utf8(bytes).map_err(|_| BROKEN)?;
    let mut lines = text.split_terminator('\n');
    let count: usize = lines.next().and_then(|line| line.trim().parse().ok()).ok_or(BROKEN)?;
    let mut seen = HashSet::new();
    for line in lines.by_ref().take(count) {
        let mut fields = line.split_ascii_whitespace();
        let (Some(character), Some(properties)) = (fields.next(), fields.next()) else { return Err(BROKEN) };
        let is_readable = line.len() <= LINE
            && !line.contains('\0')
            && character.len() <= CHARACTER
            && u32::from_str_radix(properties, 16).is_ok();
        if !is_readable || !seen.insert(character) {
            return Err(BROKEN);
        }
    }
    if count > 0 && seen.len() == count { Ok(count) } else { Err(BROKEN) }
}

/// A word graph: its edges lead to edges, and its last node ends.
fn check_word_graph(bytes: &[u8]) -> Result<(), Fault> {
    is_word_graph(bytes).filter(|&is_whole| is_whole).map(drop).ok_or("one of its word lists is damaged")
}

fn is_word_graph(bytes: &[u8]) -> Option<bool> {
    const MAGIC: u16 = 42;
    const FLAG_BITS: u32 = 3;
    let mut reader = Reader::new(bytes);
    let magic = reader.u16()?;
    let letters = reader.u32().filter(|&letters| letters > 0 && letters < 1 << 24)?;
    let count = reader.u32().filter(|&count| count > 0)?;
    let edges = reader.take((count as usize).checked_mul(8)?)?.as_chunks::<8>().0;
    // A letter takes the bits that hold 0..=letters, the flags come next, the rest is the next node.
    let letter_bits = (letters + 1).next_power_of_two().trailing_zeros();
    let is_last = |edge: u64| edge >> letter_bits & 1 == 1;
    let node_shift = letter_bits + FLAG_BITS;
    let unused = u64::MAX << node_shift;
    let leads_on = |edge: u64| edge == unused || edge >> node_shift < u64::from(count);
    let mut edges = edges.iter().map(|edge| u64::from_le_bytes(*edge));
    let end = edges.clone().next_back()?;
    Some(magic == MAGIC && edges.all(leads_on) && (end == unused || is_last(end)))
}

/// The settings inside the file: text, in which `tessedit_load_sublangs` names further languages.
fn sublanguages(bytes: &[u8]) -> Result<Vec<String>, Fault> {
    let text = std::str::from_utf8(bytes).ok().filter(|text| !text.contains('\0'));
    let text = text.ok_or("its settings are damaged")?;
    let values = text.lines().filter_map(|line| line.strip_prefix("tessedit_load_sublangs"));
    Ok(values
        .flat_map(|value| value.trim().split('+'))
        .filter(|lang| !lang.is_empty())
        .map(Into::into)
        .collect())
}
