//! CSV and its relatives (RFC 4180), with whatever delimiter they have.

use super::plain;
use super::reading::Reading;
use crate::error::Result;

/// Delimiters in the order in which they are believed, should two fit as well.
const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];
/// Records by which the delimiter is found.
const SAMPLE_RECORDS: usize = 50;
/// Records between two looks at the control.
const STRIDE: usize = 1_024;

pub(super) fn read(bytes: &[u8], reading: &mut Reading<'_>) -> Result<usize> {
    let text = plain::decode(bytes, reading);
    // The text is UTF-8 and the reader takes records of any length: there is no other error.
    for (index, record) in reader(&text, delimiter(&text)).into_records().flatten().enumerate() {
        if index.is_multiple_of(STRIDE) {
            reading.control.check()?;
        }
        reading.count_cells(record.len())?;
        reading.row(&record.iter().collect::<Vec<_>>())?;
    }
    Ok(1)
}

fn reader(text: &str, delimiter: u8) -> csv::Reader<&[u8]> {
    csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .has_headers(false)
        .flexible(true)
        .from_reader(text.as_bytes())
}

/// The delimiter that most records have the same number of, more than none.
fn delimiter(text: &str) -> u8 {
    let score = |delimiter: u8| {
        let lengths: Vec<usize> = reader(text, delimiter)
            .into_records()
            .take(SAMPLE_RECORDS)
            .flatten()
            .map(|record| record.len())
            .collect();
        let usual = lengths
            .iter()
            .copied()
            .max_by_key(|length| (lengths.iter().filter(|other| *other == length).count(), *length));
        match usual {
            Some(usual @ 2..) => (lengths.iter().filter(|length| **length == usual).count(), usual.min(100)),
            _ => (0, 0),
        }
    };
    let mut best = (DELIMITERS[0], (0, 0));
    for delimiter in DELIMITERS {
        let found = score(delimiter);
        if found > best.1 {
            best = (delimiter, found);
        }
    }
    best.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delimiters_are_found_by_the_regularity_of_their_rows() {
        assert_eq!(delimiter("a;b\n\"1,2\";3\n1,5;6"), b';');
        assert_eq!(delimiter("a\tb, c\n1\t2\n"), b'\t');
        assert_eq!(delimiter("a|b|c\nd|e|f"), b'|');
        assert_eq!(delimiter("one\ntwo"), b',');
        assert_eq!(delimiter(""), b',');
    }
}
