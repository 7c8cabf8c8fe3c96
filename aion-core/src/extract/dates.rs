//! Dates as pages write them for machines.

/// `text` if it begins with an ISO 8601 date of a year that can be, shortened to its date and time.
pub(crate) fn iso(text: &str) -> Option<String> {
    let text = text.trim();
    let date = text.get(..10)?.as_bytes();
    let number = |range: std::ops::Range<usize>| {
        date[range]
            .iter()
            .try_fold(0, |sum, byte| byte.is_ascii_digit().then(|| sum * 10 + u32::from(byte - b'0')))
    };
    let is_date = date[4] == b'-'
        && date[7] == b'-'
        && number(0..4).is_some_and(|year| (1900..2200).contains(&year))
        && number(5..7).is_some_and(|month| (1..=12).contains(&month))
        && number(8..10).is_some_and(|day| (1..=31).contains(&day));
    let is_time = |rest: &str| rest.bytes().all(|byte| byte.is_ascii_digit() || b"T:.+-Z ".contains(&byte));
    let rest = &text[10..];
    match is_date {
        true if rest.len() <= 30 && is_time(rest) => Some(text.to_owned()),
        true => Some(text[..10].to_owned()),
        false => None,
    }
}

#[cfg(test)]
mod tests {
    use super::iso;

    #[test]
    fn dates_are_kept_as_they_are_written_if_they_are_dates() {
        assert_eq!(iso(" 2024-03-09T08:00:00+01:00 ").as_deref(), Some("2024-03-09T08:00:00+01:00"));
        assert_eq!(iso("2024-03-09, a Saturday").as_deref(), Some("2024-03-09"));
        for text in [
            "",
            "2024-13-09",
            "2024-00-09",
            "0000-01-01",
            "2024/03/09",
            "9 March 2024",
            "+024-03-09",
            "éééééééééé",
        ] {
            assert_eq!(iso(text), None, "{text}");
        }
    }
}
