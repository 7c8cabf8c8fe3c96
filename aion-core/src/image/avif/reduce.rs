//! From samples of 8, 10 and 12 bits to bytes.

/// How samples of any depth become bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reduce {
    /// Bytes already.
    Keep,
    /// Without this many low bits, rounded.
    Shift(u32),
    /// From `floor` up, where `span` becomes 255.
    Stretch { floor: u32, span: u32 },
}

impl Reduce {
    /// For luma, and for red, green and blue.
    pub(super) fn luma(bit_depth: u32, full_range: bool) -> Self {
        if full_range { Self::alpha(bit_depth, true) } else { Self::chroma(bit_depth) }
    }

    /// For colour differences: keeps the middle, which stands for no colour, where it is.
    pub(super) fn chroma(bit_depth: u32) -> Self {
        if bit_depth == 8 { Self::Keep } else { Self::Shift(bit_depth - 8) }
    }

    /// For alpha: what is seen in full is 255.
    pub(super) fn alpha(bit_depth: u32, full_range: bool) -> Self {
        match (bit_depth, full_range) {
            (8, true) => Self::Keep,
            (_, true) => Self::Stretch { floor: 0, span: (1 << bit_depth) - 1 },
            (_, false) => Self::Stretch { floor: 16 << (bit_depth - 8), span: 219 << (bit_depth - 8) },
        }
    }

    /// `samples` are bytes, or pairs of them when there are twice as many as fit `out`.
    pub(super) fn apply(self, samples: &[u8], out: &mut [u8]) {
        if self == Self::Keep {
            out.copy_from_slice(samples);
        } else if samples.len() == out.len() {
            for (out, &sample) in out.iter_mut().zip(samples) {
                *out = self.one(u32::from(sample));
            }
        } else {
            for (out, pair) in out.iter_mut().zip(samples.chunks_exact(2)) {
                *out = self.one(u32::from(u16::from_ne_bytes([pair[0], pair[1]])));
            }
        }
    }

    fn one(self, sample: u32) -> u8 {
        let byte = match self {
            Self::Keep => sample,
            Self::Shift(bits) => (sample + (1 << bits >> 1)) >> bits,
            Self::Stretch { floor, span } => (sample.saturating_sub(floor) * 255 + span / 2) / span,
        };
        byte.min(255) as u8
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deep_samples_keep_black_white_and_the_middle() {
        let apply = |reduce: Reduce, sample: u16| {
            let mut out = [0];
            reduce.apply(&sample.to_ne_bytes(), &mut out);
            out[0]
        };
        for bits in [10, 12] {
            let (white, middle) = ((1 << bits) - 1, 1 << (bits - 1));
            assert_eq!([0, white].map(|sample| apply(Reduce::luma(bits, true), sample)), [0, 255]);
            assert_eq!([middle, white].map(|sample| apply(Reduce::chroma(bits), sample)), [128, 255]);
            let [black, white] = [16 << (bits - 8), 235 << (bits - 8)];
            assert_eq!([black, white].map(|sample| apply(Reduce::luma(bits, false), sample)), [16, 235]);
            assert_eq!(
                [0, black, white].map(|sample| apply(Reduce::alpha(bits, false), sample)),
                [0, 0, 255]
            );
        }
        let mut out = [0; 4];
        Reduce::alpha(8, false).apply(&[0, 16, 235, 255], &mut out);
        assert_eq!(out, [0, 0, 255, 255]);
    }
}
