//! Check digits.

/// The Luhn digit of a payment card (ISO/IEC 7812-1, Annex B). It notices every single wrong digit.
pub(super) fn luhn(digits: &[u8]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(at, digit)| {
            let value = u32::from(digit - b'0') << (at % 2);
            if value > 9 { value - 9 } else { value }
        })
        .sum();
    sum.is_multiple_of(10)
}

/// The check digits of an IBAN (ISO 13616, ISO/IEC 7064 MOD 97-10): the first four characters go to the end,
/// letters count from 10, and the remainder by 97 is 1. They notice every single wrong character.
pub(super) fn mod_97(iban: &[u8]) -> bool {
    let Some((head, tail)) = iban.split_at_checked(4) else { return false };
    let remainder = tail.iter().chain(head).fold(0u32, |remainder, &b| match b {
        b'0'..=b'9' => (remainder * 10 + u32::from(b - b'0')) % 97,
        _ => (remainder * 100 + u32::from(b.to_ascii_uppercase().wrapping_sub(b'A')) + 10) % 97,
    });
    remainder == 1
}

/// The two check digits of a CPF: weights 10 to 2, then 11 to 2, by 11; a remainder under 2 gives 0. Eleven
/// equal digits pass the sum, but are never given out.
pub(super) fn cpf(digits: &[u8; 11]) -> bool {
    let first = mod_11(&digits[..9], |at| 10 - at);
    let second = mod_11(&digits[..10], |at| 11 - at);
    (digits[9], digits[10]) == (first, second) && !all_equal(digits)
}

/// The two check digits of a CNPJ: weights 5 to 2 and 9 to 2, then 6 to 2 and 9 to 2. A letter counts as its
/// ASCII code less 48 (Instrução Normativa RFB 2.229/2024); the check digits are digits.
pub(super) fn cnpj(characters: &[u8; 14]) -> bool {
    let first = mod_11(&characters[..12], |at| if at < 4 { 5 - at } else { 13 - at });
    let second = mod_11(&characters[..13], |at| if at < 5 { 6 - at } else { 14 - at });
    (characters[12], characters[13]) == (first, second) && !all_equal(characters)
}

/// The check digit of upper-case letters and digits under the weights of their places.
fn mod_11(characters: &[u8], weight: impl Fn(usize) -> usize) -> u8 {
    let sum: usize =
        characters.iter().enumerate().map(|(at, &b)| usize::from(b.wrapping_sub(b'0')) * weight(at)).sum();
    match sum % 11 {
        0 | 1 => b'0',
        remainder => b'0' + (11 - remainder) as u8,
    }
}

fn all_equal(bytes: &[u8]) -> bool {
    bytes.windows(2).all(|pair| pair[0] == pair[1])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn examples_of_the_issuers_pass() {
        for card in
            ["4111111111111111", "378282246310005", "5555555555554444", "6011000990139424", "30569309025904"]
        {
            assert!(luhn(card.as_bytes()), "{card}");
        }
        for iban in [
            "GB82WEST12345698765432",
            "BR9700360305000010009795493P1",
            "DE89370400440532013000",
            "NO9386011117947",
        ] {
            assert!(mod_97(iban.as_bytes()), "{iban}");
        }
        assert!(cpf(b"39053344705") && cpf(b"11144477735"));
        assert!(cnpj(b"16727230000197") && cnpj(b"12ABC34501DE35") && cnpj(b"00000000000191"));
    }

    #[test]
    fn wrong_and_equal_digits_fail() {
        assert!(!cpf(b"23100299900") && !cpf(b"11111111111") && !cpf(b"00000000000"));
        assert!(!cnpj(b"12ABC34501DE36") && !cnpj(b"16727230000198") && !cnpj(b"00000000000000"));
        assert!(!luhn(b"4111111111111112") && !mod_97(b"GB82WEST12345698765433") && !mod_97(b"GB"));
    }
}
