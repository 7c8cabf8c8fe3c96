use proptest::prelude::*;

use super::super::*;

fn cpf() -> impl Strategy<Value = [u8; 11]> {
    prop::array::uniform9(b'0'..=b'9').prop_map(|nine| {
        let mut digits = [b'0'; 11];
        digits[..9].copy_from_slice(&nine);
        let all = (b'0'..=b'9').flat_map(|a| (b'0'..=b'9').map(move |b| (a, b)));
        for (a, b) in all {
            (digits[9], digits[10]) = (a, b);
            if checksum::cpf(&digits) {
                return digits;
            }
        }
        *b"39053344705"
    })
}

fn card() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(b'0'..=b'9', 14).prop_map(|tail| {
        let mut digits = [b"4", tail.as_slice(), b"0"].concat();
        digits[15] =
            (b'0'..=b'9').find(|&check| checksum::luhn(&[&digits[..15], &[check]].concat())).unwrap();
        digits
    })
}

/// A German IBAN: `DE`, two check digits, 18 digits.
fn iban() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(b'0'..=b'9', 18).prop_map(|tail| {
        let with = |check: u32| format!("DE{check:02}{}", String::from_utf8_lossy(&tail)).into_bytes();
        (2..99).map(with).find(|iban| checksum::mod_97(iban)).unwrap()
    })
}

/// Words, punctuation and scripts around an identifier, none of which touches it with a letter, digit or
/// sign.
fn around() -> impl Strategy<Value = (String, String)> {
    let before =
        prop::sample::select(vec!["", "CPF: ", "é ", "№", "(", "\n", "— ", "xyz=", "中", "a, ", "\u{200b}"]);
    let after = prop::sample::select(vec!["", ".", " e", ")", "\n1", ", x", "；", "?", "中", "\u{200b} a"]);
    (before.prop_map(str::to_owned), after.prop_map(str::to_owned))
}

/// The same digits in another dress: full-width, Arabic, with invisible characters between.
fn dressed(digits: &str, dress: u8) -> String {
    let shift = |zero: u32, c: char| c.to_digit(10).and_then(|d| char::from_u32(zero + d)).unwrap_or(c);
    match dress % 4 {
        0 => digits.to_owned(),
        1 => digits.chars().map(|c| shift(0xff10, c)).collect(),
        2 => digits.chars().map(|c| shift(0x660, c)).collect(),
        _ => digits.chars().flat_map(|c| [c, '\u{200d}']).collect(),
    }
}

fn flipped(digits: &[u8], at: usize, by: u8) -> Vec<u8> {
    let mut wrong = digits.to_vec();
    let at = at % wrong.len();
    if wrong[at].is_ascii_digit() {
        wrong[at] = b'0' + (wrong[at] - b'0' + 1 + by % 9) % 10;
    } else {
        wrong[at] = if wrong[at] == b'D' { b'E' } else { b'D' };
    }
    wrong
}

fn ascii(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1024, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn valid_numbers_are_found_wherever_they_stand(
        cpf in cpf(), card in card(), iban in iban(), around in around(), dress: u8,
    ) {
        let cpf = ascii(&cpf);
        let formatted = format!("{}.{}.{}-{}", &cpf[..3], &cpf[3..6], &cpf[6..9], &cpf[9..]);
        let groups: Vec<_> = card.chunks(4).map(ascii).collect();
        let four: Vec<_> = iban.chunks(4).map(ascii).collect();
        for (kind, number) in [
            (PiiKind::Cpf, cpf),
            (PiiKind::Cpf, formatted),
            (PiiKind::Card, ascii(&card)),
            (PiiKind::Card, groups.join(" ")),
            (PiiKind::Iban, ascii(&iban)),
            (PiiKind::Iban, four.join(" ")),
        ] {
            let text = format!("{}{}{}", around.0, dressed(&number, dress), around.1);
            let hits = find_pii(&text);
            prop_assert_eq!(hits.len(), 1, "{}", text);
            prop_assert_eq!(hits[0].kind, kind, "{}", text);
            let scrubbed = scrub_pii(&text);
            prop_assert!(scrubbed.contains(kind.placeholder()) && find_pii(&scrubbed).is_empty());
        }
    }

    #[test]
    fn one_wrong_digit_is_not_found(cpf in cpf(), card in card(), iban in iban(), at: usize, by: u8) {
        // Luhn and mod 97 notice every single error; mod 11 does but where it folds the remainders 0 and 1
        // together.
        let card = ascii(&flipped(&card, at, by));
        prop_assert!(!find_pii(&card).iter().any(|hit| hit.kind == PiiKind::Card), "{}", card);
        let iban = ascii(&flipped(&iban, at, by));
        prop_assert!(!find_pii(&iban).iter().any(|hit| hit.kind == PiiKind::Iban), "{}", iban);
        let wrong: [u8; 11] = flipped(&cpf, at, by).try_into().unwrap();
        prop_assert_eq!(find_pii(&ascii(&wrong)).len(), usize::from(checksum::cpf(&wrong)));
    }

    #[test]
    fn any_text_is_scrubbed_clean(text in "\\PC*") {
        prop_assert!(find_pii(&scrub_pii(&text)).is_empty());
    }

    #[test]
    fn crowded_texts_are_scrubbed_clean(pieces in prop::collection::vec(piece(), 0..24)) {
        let text = pieces.concat();
        let mut end = 0;
        for hit in find_pii(&text) {
            prop_assert!(hit.range.start >= end && hit.range.end > hit.range.start);
            prop_assert!(text.get(hit.range.clone()).is_some());
            end = hit.range.end;
        }
        let scrubbed = scrub_pii(&text);
        prop_assert!(find_pii(&scrubbed).is_empty(), "{:?} -> {:?}", text, scrubbed);
    }
}

/// What identifiers are made of, to be put together at random.
fn piece() -> impl Strategy<Value = String> {
    prop_oneof![
        prop::sample::select(vec![
            "390.533.447-05",
            "39053344705",
            "4111 1111 1111 1111",
            "4111111111111111",
            "+55",
            " 11 ",
            "91234-5678",
            "(11)",
            "a@b.com",
            "@",
            ".",
            "-",
            "/",
            " ",
            "GB82",
            "WEST12345698765432",
            "200.147.3.157",
            "16.727.230/0001-97",
            "2001:",
            "::",
            "\n",
            "\u{200b}",
            "é",
            "中",
            "1",
            "4",
            "12ABC34501DE35",
            "(",
            ")",
            "+",
        ])
        .prop_map(str::to_owned),
        "[0-9]{1,5}",
        "[0-9a-zA-Z@.+() /:-]{1,8}",
    ]
}
