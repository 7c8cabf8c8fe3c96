//! Server-sent events, as far as their data goes (HTML Standard, 9.2.6 "Interpreting an event stream"), from any pieces
//! of any bytes, within limits.

/// Why a stream can not be read on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Malformed {
    /// A line or an event is longer than any.
    TooLong,
    /// A line is not UTF-8.
    NotText,
}

/// What has come of the line and the event under way.
pub(super) struct EventStream {
    line: Vec<u8>,
    data: Option<String>,
    /// Whether the byte before ended a line by a carriage return: then a line feed belongs to it.
    after_return: bool,
    is_first_line: bool,
    /// Most bytes of a line, and of an event.
    limit: usize,
}

impl EventStream {
    pub(super) fn new(limit: usize) -> Self {
        Self { line: Vec::new(), data: None, after_return: false, is_first_line: true, limit }
    }

    /// Takes in the next bytes and gives the data of the events that end in them.
    pub(super) fn push(&mut self, bytes: &[u8]) -> Result<Vec<String>, Malformed> {
        let mut events = Vec::new();
        let mut rest = bytes;
        while let Some(end) = rest.iter().position(|byte| matches!(byte, b'\n' | b'\r')) {
            // The second half of a line's end makes no line of its own.
            let is_half = self.after_return && end == 0 && rest[0] == b'\n';
            self.after_return = rest[end] == b'\r';
            if !is_half {
                self.extend(&rest[..end])?;
                events.extend(self.end_line()?);
            }
            rest = &rest[end + 1..];
        }
        if !rest.is_empty() {
            self.after_return = false;
            self.extend(rest)?;
        }
        Ok(events)
    }

    fn extend(&mut self, bytes: &[u8]) -> Result<(), Malformed> {
        if self.line.len() + bytes.len() > self.limit {
            return Err(Malformed::TooLong);
        }
        self.line.extend_from_slice(bytes);
        Ok(())
    }

    /// The data of the event that an empty line ends.
    fn end_line(&mut self) -> Result<Option<String>, Malformed> {
        let line = std::mem::take(&mut self.line);
        let mut line = std::str::from_utf8(&line).map_err(|_| Malformed::NotText)?;
        if std::mem::take(&mut self.is_first_line) {
            line = line.strip_prefix('\u{feff}').unwrap_or(line);
        }
        if line.is_empty() {
            return Ok(self.data.take());
        }
        // A comment begins with the colon, and has no name.
        let (name, value) = line.split_once(':').unwrap_or((line, ""));
        if name == "data" {
            self.add(value.strip_prefix(' ').unwrap_or(value))?;
        }
        Ok(None)
    }

    fn add(&mut self, value: &str) -> Result<(), Malformed> {
        match &mut self.data {
            Some(data) if data.len() + value.len() >= self.limit => return Err(Malformed::TooLong),
            Some(data) => {
                data.push('\n');
                data.push_str(value);
            }
            None => self.data = Some(value.to_owned()),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const STREAM: &str = "\u{feff}: a comment\r\ndata: one\r\n\r\nevent: x\ndata:two\ndata: lines\n\n\n\rdata\r\rdata: a\u{e7}\u{e3}o \u{1f600}\n\ndata: unfinished";

    #[test]
    fn events_are_the_standards() {
        let events = EventStream::new(64).push(STREAM.as_bytes()).unwrap();
        assert_eq!(events, ["one", "two\nlines", "", "a\u{e7}\u{e3}o \u{1f600}"]);
    }

    #[test]
    fn a_line_and_an_event_have_an_end() {
        let mut stream = EventStream::new(64);
        assert_eq!(stream.push(&[b'x'; 65]), Err(Malformed::TooLong));
        let mut stream = EventStream::new(64);
        assert_eq!(stream.push("data: 0123456789\n".repeat(9).as_bytes()), Err(Malformed::TooLong));
        assert_eq!(EventStream::new(64).push(b"data: \xff\n"), Err(Malformed::NotText));
    }

    proptest! {
        #[test]
        fn it_does_not_matter_how_the_bytes_come(cuts in prop::collection::vec(0..STREAM.len(), 0..12)) {
            let mut cuts = cuts;
            cuts.sort_unstable();
            let mut stream = EventStream::new(64);
            let mut events = Vec::new();
            let mut from = 0;
            for cut in cuts.into_iter().chain([STREAM.len()]) {
                events.extend(stream.push(&STREAM.as_bytes()[from..cut]).unwrap());
                from = cut;
            }
            prop_assert_eq!(events, EventStream::new(64).push(STREAM.as_bytes()).unwrap());
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
            let _ = EventStream::new(64).push(&bytes);
        }
    }
}
