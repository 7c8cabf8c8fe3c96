//! Numbers that a seed alone decides, the same on every machine and in every version.

/// SplitMix64 (Steele, Lea and Flood, Fast Splittable Pseudorandom Number Generators, 2014) that begins at a seed.
#[derive(Debug, Clone)]
pub(crate) struct SplitMix64(pub(crate) u64);

const GAMMA: u64 = 0x9E37_79B9_7F4A_7C15;

impl SplitMix64 {
    /// The number at `index` of the stream of `seed`, without those before it.
    pub(crate) fn at(seed: u64, index: u64) -> u64 {
        Self(seed.wrapping_add(index.wrapping_mul(GAMMA))).next()
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(GAMMA);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number below `n`, each as likely as any other: the high half of the 128-bit product of `n` with the next number,
    /// which is drawn again while the low half is below 2⁶⁴ mod `n` (Lemire, Fast Random Integer Generation in an
    /// Interval, 2019).
    pub(crate) fn below(&mut self, n: u64) -> u64 {
        loop {
            let product = u128::from(self.next()) * u128::from(n);
            if product as u64 >= n.wrapping_neg() % n {
                return (product >> 64) as u64;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_are_those_of_the_reference() {
        // For the seed 1234567 of the reference code, https://prng.di.unimi.it/splitmix64.c
        let reference = [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423];
        let mut numbers = SplitMix64(1_234_567);
        assert_eq!([(); 3].map(|()| numbers.next()), reference);
        assert_eq!([0, 1, 2].map(|index| SplitMix64::at(1_234_567, index)), reference);
    }
}
