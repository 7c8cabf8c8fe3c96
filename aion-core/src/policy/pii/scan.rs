//! The one pass over a text that all recognisers share.

use std::ops::Range;

use super::fold::{Folder, Line, may_hold_pii};
use super::number::{self, Group, is_word};
use super::{PiiKind, email, ip, phone};

/// One identifier on its way to whoever counts or replaces it.
pub(super) struct Hit<'a> {
    pub(super) kind: PiiKind,
    /// Its bytes in the text.
    pub(super) range: Range<usize>,
    /// Itself, folded.
    pub(super) folded: &'a [u8],
}

/// Calls `visit` for every identifier, in order and without overlaps. No identifier reaches over the end of a
/// line.
pub(super) fn for_each_hit(text: &str, mut visit: impl FnMut(&Hit<'_>)) {
    let mut folder = Folder::default();
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        if may_hold_pii(line) {
            Scanner { line: folder.fold(line), line_at: at, floor: 0, mail: None, visit: &mut visit }.run();
        }
        at += line.len();
    }
}

struct Scanner<'a, F> {
    line: Line<'a>,
    line_at: usize,
    /// The end of what was taken.
    floor: usize,
    /// The next e-mail address.
    mail: Option<(usize, usize)>,
    visit: &'a mut F,
}

impl<F: FnMut(&Hit<'_>)> Scanner<'_, F> {
    fn run(&mut self) {
        let line = self.line.bytes;
        self.mail = email::next(line, 0, 0);
        let mut at = 0;
        while let Some(offset) = line[at..].iter().position(|&b| is_word(b)) {
            let start = at + offset;
            let end = start + line[start..].iter().take_while(|&&b| is_word(b)).count();
            if let Some((mail_start, mail_end)) = self.mail
                && end > mail_start
            {
                at = self.take(PiiKind::Email, mail_start, mail_end);
                continue;
            }
            at = match self.number_at(start, end) {
                Some((kind, from, to)) => self.take(kind, from, to),
                None => end,
            };
        }
        if let Some((start, end)) = self.mail {
            self.take(PiiKind::Email, start, end);
        }
    }

    /// What begins with the word from `start` up to `end`, or with the sign before it.
    fn number_at(&self, start: usize, end: usize) -> Option<(PiiKind, usize, usize)> {
        let line = self.line.bytes;
        let word = &line[start..end];
        let letters_of_cnpj = word.len() == 2 && line.get(end) == Some(&b'.');
        if !letters_of_cnpj && !word.iter().any(u8::is_ascii_digit) {
            return None;
        }
        let before = &line[self.floor..start];
        let signed = match before {
            [.., b'+', b'('] => {
                phone::international(line, start - 2).map(|to| (PiiKind::Phone, start - 2, to))
            }
            [.., b'+'] => phone::international(line, start - 1).map(|to| (PiiKind::Phone, start - 1, to)),
            [.., b'('] => phone::in_brackets(line, start - 1).map(|to| (PiiKind::Phone, start - 1, to)),
            _ => None,
        };
        let checked = || {
            let after_hit = self.floor > 0 && start == self.floor + 1;
            number::recognise(line, Group::at(line, start), after_hit).map(|(kind, to)| (kind, start, to))
        };
        let phone = || phone::national(line, start).map(|to| (PiiKind::Phone, start, to));
        let ip = || ip::recognise(line, start).map(|to| (PiiKind::Ip, start, to));
        signed.or_else(checked).or_else(phone).or_else(ip)
    }

    /// Reports a hit and answers where to go on.
    fn take(&mut self, kind: PiiKind, start: usize, end: usize) -> usize {
        let range = self.line.origin(start, end);
        let range = self.line_at + range.start..self.line_at + range.end;
        (self.visit)(&Hit { kind, range, folded: &self.line.bytes[start..end] });
        self.floor = end;
        if self.mail.is_some_and(|(mail_start, _)| mail_start < end) {
            self.mail = email::next(self.line.bytes, end, end);
        }
        end
    }
}
