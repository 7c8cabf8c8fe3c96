//! The encodings that text may have been decoded with by mistake.

use std::sync::LazyLock;

use super::bytes::{decode_utf8, replace_lossy_sequences, restore_byte_a0};

/// An encoding of one byte per character, in which bytes 00 to 7F are ASCII.
pub(super) struct Codec {
    kind: Kind,
    /// The characters above ASCII with their bytes, sorted.
    high: Vec<(char, u8)>,
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Strict,
    /// Bytes without a character are those of Latin-1, and byte 1A is U+FFFD.
    Sloppy,
    /// Strict, and too likely to hold a dash before a space to read one as a no-break space.
    MacRoman,
}

/// In the order in which they are tried.
pub(super) static CODECS: LazyLock<[Codec; 10]> = LazyLock::new(|| {
    [
        Codec { kind: Kind::Strict, high: ('\u{80}'..='\u{ff}').zip(0x80..=0xff).collect() },
        Codec::new(Kind::Sloppy, &WINDOWS_1252),
        Codec::new(Kind::Sloppy, &WINDOWS_1251),
        Codec::new(Kind::Sloppy, &WINDOWS_1250),
        Codec::new(Kind::Sloppy, &WINDOWS_1253),
        Codec::new(Kind::Sloppy, &WINDOWS_1254),
        Codec::new(Kind::Sloppy, &WINDOWS_1257),
        Codec::new(Kind::Strict, &ISO_8859_2),
        Codec::new(Kind::MacRoman, &MACROMAN),
        Codec::new(Kind::Strict, &CP437),
    ]
});

impl Codec {
    fn new(kind: Kind, rows: &[&str; 4]) -> Self {
        let mut high: Vec<_> = rows.iter().flat_map(|row| row.chars()).zip(0x80..=0xff).collect();
        high.sort_unstable();
        Self { kind, high }
    }

    /// What `text` says if its bytes in this encoding are UTF-8, or close enough to it.
    pub(super) fn undo(&self, text: &str) -> Option<String> {
        let mut bytes = self.encode(text)?;
        if self.kind != Kind::MacRoman {
            bytes = restore_byte_a0(bytes);
        }
        if self.kind == Kind::Sloppy {
            bytes = replace_lossy_sequences(bytes);
        }
        decode_utf8(bytes)
    }

    fn encode(&self, text: &str) -> Option<Vec<u8>> {
        text.chars().map(|c| self.byte(c)).collect()
    }

    fn byte(&self, c: char) -> Option<u8> {
        match c {
            '\x1a' if self.kind == Kind::Sloppy => None,
            char::REPLACEMENT_CHARACTER if self.kind == Kind::Sloppy => Some(0x1a),
            '\0'..='\x7f' => u8::try_from(c).ok(),
            _ => self.high.binary_search_by_key(&c, |&(high, _)| high).ok().map(|at| self.high[at].1),
        }
    }
}

/// The Windows-1252 character where `c` is a C1 control character that should have been one.
pub(super) fn modern_c1(c: char) -> char {
    match c {
        '\u{80}'..='\u{9f}' => WINDOWS_1252[0].chars().nth(c as usize - 0x80).unwrap_or(c),
        _ => c,
    }
}

const WINDOWS_1252: [&str; 4] = [
    "€\u{81}‚ƒ„…†‡ˆ‰Š‹Œ\u{8d}Ž\u{8f}\u{90}‘’“”•–—˜™š›œ\u{9d}žŸ",
    "\u{a0}¡¢£¤¥¦§¨©ª«¬\u{ad}®¯°±²³´µ¶·¸¹º»¼½¾¿",
    "ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÐÑÒÓÔÕÖ×ØÙÚÛÜÝÞß",
    "àáâãäåæçèéêëìíîïðñòóôõö÷øùúûüýþÿ",
];
const WINDOWS_1251: [&str; 4] = [
    "ЂЃ‚ѓ„…†‡€‰Љ‹ЊЌЋЏђ‘’“”•–—\u{98}™љ›њќћџ",
    "\u{a0}ЎўЈ¤Ґ¦§Ё©Є«¬\u{ad}®Ї°±Ііґµ¶·ё№є»јЅѕї",
    "АБВГДЕЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯ",
    "абвгдежзийклмнопрстуфхцчшщъыьэюя",
];
const WINDOWS_1250: [&str; 4] = [
    "€\u{81}‚\u{83}„…†‡\u{88}‰Š‹ŚŤŽŹ\u{90}‘’“”•–—\u{98}™š›śťžź",
    "\u{a0}ˇ˘Ł¤Ą¦§¨©Ş«¬\u{ad}®Ż°±˛ł´µ¶·¸ąş»Ľ˝ľż",
    "ŔÁÂĂÄĹĆÇČÉĘËĚÍÎĎĐŃŇÓÔŐÖ×ŘŮÚŰÜÝŢß",
    "ŕáâăäĺćçčéęëěíîďđńňóôőö÷řůúűüýţ\u{2d9}",
];
const WINDOWS_1253: [&str; 4] = [
    "€\u{81}‚ƒ„…†‡\u{88}‰\u{8a}‹\u{8c}\u{8d}\u{8e}\u{8f}\u{90}‘’“”•–—\u{98}™\u{9a}›\u{9c}\u{9d}\u{9e}\u{9f}",
    "\u{a0}΅Ά£¤¥¦§¨©ª«¬\u{ad}®―°±²³΄µ¶·ΈΉΊ»Ό½ΎΏ",
    "ΐΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡÒΣΤΥΦΧΨΩΪΫάέήί",
    "ΰαβγδεζηθικλμνξοπρςστυφχψωϊϋόύώÿ",
];
const WINDOWS_1254: [&str; 4] = [
    "€\u{81}‚ƒ„…†‡ˆ‰Š‹Œ\u{8d}\u{8e}\u{8f}\u{90}‘’“”•–—˜™š›œ\u{9d}\u{9e}Ÿ",
    "\u{a0}¡¢£¤¥¦§¨©ª«¬\u{ad}®¯°±²³´µ¶·¸¹º»¼½¾¿",
    "ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏĞÑÒÓÔÕÖ×ØÙÚÛÜİŞß",
    "àáâãäåæçèéêëìíîïğñòóôõö÷øùúûüışÿ",
];
const WINDOWS_1257: [&str; 4] = [
    "€\u{81}‚\u{83}„…†‡\u{88}‰\u{8a}‹\u{8c}¨ˇ¸\u{90}‘’“”•–—\u{98}™\u{9a}›\u{9c}¯˛\u{9f}",
    "\u{a0}¡¢£¤¥¦§Ø©Ŗ«¬\u{ad}®Æ°±²³´µ¶·ø¹ŗ»¼½¾æ",
    "ĄĮĀĆÄÅĘĒČÉŹĖĢĶĪĻŠŃŅÓŌÕÖ×ŲŁŚŪÜŻŽß",
    "ąįāćäåęēčéźėģķīļšńņóōõö÷ųłśūüżž\u{2d9}",
];
const ISO_8859_2: [&str; 4] = [
    "\u{80}\u{81}\u{82}\u{83}\u{84}\u{85}\u{86}\u{87}\u{88}\u{89}\u{8a}\u{8b}\u{8c}\u{8d}\u{8e}\u{8f}\u{90}\u{91}\u{92}\u{93}\u{94}\u{95}\u{96}\u{97}\u{98}\u{99}\u{9a}\u{9b}\u{9c}\u{9d}\u{9e}\u{9f}",
    "\u{a0}Ą˘Ł¤ĽŚ§¨ŠŞŤŹ\u{ad}ŽŻ°ą˛ł´ľśˇ¸šşťź˝žż",
    "ŔÁÂĂÄĹĆÇČÉĘËĚÍÎĎĐŃŇÓÔŐÖ×ŘŮÚŰÜÝŢß",
    "ŕáâăäĺćçčéęëěíîďđńňóôőö÷řůúűüýţ\u{2d9}",
];
const MACROMAN: [&str; 4] = [
    "ÄÅÇÉÑÖÜáàâäãåçéèêëíìîïñóòôöõúùûü",
    "†°¢£§•¶ß®©™´¨≠ÆØ∞±≤≥¥µ∂∑∏π∫ªºΩæø",
    "¿¡¬√ƒ≈∆«»…\u{a0}ÀÃÕŒœ–—“”‘’÷◊ÿŸ⁄€‹›ﬁﬂ",
    "‡·‚„‰ÂÊÁËÈÍÎÏÌÓÔ\u{f8ff}ÒÚÛÙıˆ˜¯˘\u{2d9}˚¸˝˛ˇ",
];
const CP437: [&str; 4] = [
    "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒ",
    "áíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐",
    "└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀",
    "αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u{a0}",
];
