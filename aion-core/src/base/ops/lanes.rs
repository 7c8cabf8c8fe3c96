//! Sixteen numbers at a time, in the registers that this processor has.

/// Numbers in a [`Lanes`].
pub(super) const WIDTH: usize = 16;

/// What the kernels are compiled for; the best that the processor has is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Level {
    /// What every processor of the target has.
    Portable,
    /// AVX2 with FMA.
    #[cfg(target_arch = "x86_64")]
    Avx2,
    /// AVX-512 F, VL, BW and DQ.
    #[cfg(target_arch = "x86_64")]
    Avx512,
}

impl Level {
    /// What this processor has. The standard library remembers the answer.
    pub(crate) fn detect() -> Self {
        #[cfg(target_arch = "x86_64")]
        {
            if is_x86_feature_detected!("avx512f")
                && is_x86_feature_detected!("avx512vl")
                && is_x86_feature_detected!("avx512bw")
                && is_x86_feature_detected!("avx512dq")
            {
                return Self::Avx512;
            }
            if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
                return Self::Avx2;
            }
        }
        Self::Portable
    }
}

/// Compiles a function for AVX-512 and for AVX2 beside the portable target, and calls the best that the processor has.
/// Inside, `madd!(a, b, c)` is `a · b + c`, rounded once where the processor can.
macro_rules! simd {
    ($(#[$meta:meta])* $vis:vis fn $name:ident($($arg:ident: $type:ty),* $(,)?) $(-> $ret:ty)? $body:block) => {
        $(#[$meta])*
        $vis fn $name($($arg: $type),*) $(-> $ret)? {
            #[inline(always)]
            fn body<const FUSED: bool>($($arg: $type),*) $(-> $ret)? $body
            #[cfg(target_arch = "x86_64")]
            {
                #[target_feature(enable = "avx512f,avx512vl,avx512bw,avx512dq")]
                fn avx512($($arg: $type),*) $(-> $ret)? {
                    body::<true>($($arg),*)
                }
                #[target_feature(enable = "avx2,fma")]
                fn avx2($($arg: $type),*) $(-> $ret)? {
                    body::<true>($($arg),*)
                }
                match $crate::base::ops::Level::detect() {
                    // SAFETY: the processor has these features.
                    $crate::base::ops::Level::Avx512 => return unsafe { avx512($($arg),*) },
                    // SAFETY: the processor has these features.
                    $crate::base::ops::Level::Avx2 => return unsafe { avx2($($arg),*) },
                    $crate::base::ops::Level::Portable => {}
                }
            }
            body::<{ cfg!(target_arch = "aarch64") }>($($arg),*)
        }
    };
}
pub(crate) use simd;

/// `a · b + c`: rounded once where `FUSED`, which is slow where the processor lacks it.
#[inline(always)]
pub(super) fn madd<const FUSED: bool>(a: f32, b: f32, c: f32) -> f32 {
    if FUSED { a.mul_add(b, c) } else { a * b + c }
}

/// [`WIDTH`] numbers in registers. Only functions compiled for the level of an implementation may use it.
pub(super) trait Lanes: Copy {
    fn zero() -> Self;
    fn load(values: &[f32; WIDTH]) -> Self;
    fn store(self) -> [f32; WIDTH];
    /// `self + factor · values`.
    fn add_product(self, factor: f32, values: Self) -> Self;
}

impl Lanes for [f32; WIDTH] {
    #[inline(always)]
    fn zero() -> Self {
        [0.0; WIDTH]
    }

    #[inline(always)]
    fn load(values: &[f32; WIDTH]) -> Self {
        *values
    }

    #[inline(always)]
    fn store(self) -> [f32; WIDTH] {
        self
    }

    #[inline(always)]
    fn add_product(mut self, factor: f32, values: Self) -> Self {
        const FUSED: bool = cfg!(target_arch = "aarch64");
        for (sum, value) in self.iter_mut().zip(values) {
            *sum = madd::<FUSED>(factor, value, *sum);
        }
        self
    }
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use std::arch::x86_64::*;

    use bytemuck::cast;

    use super::{Lanes, WIDTH};

    impl Lanes for __m512 {
        #[inline(always)]
        fn zero() -> Self {
            cast([0f32; WIDTH])
        }

        #[inline(always)]
        fn load(values: &[f32; WIDTH]) -> Self {
            cast(*values)
        }

        #[inline(always)]
        fn store(self) -> [f32; WIDTH] {
            cast(self)
        }

        #[inline(always)]
        fn add_product(self, factor: f32, values: Self) -> Self {
            let factor: Self = cast([factor; WIDTH]);
            // SAFETY: only functions compiled for AVX-512 use this implementation.
            unsafe { _mm512_fmadd_ps(factor, values, self) }
        }
    }

    impl Lanes for [__m256; 2] {
        #[inline(always)]
        fn zero() -> Self {
            cast([0f32; WIDTH])
        }

        #[inline(always)]
        fn load(values: &[f32; WIDTH]) -> Self {
            cast(*values)
        }

        #[inline(always)]
        fn store(self) -> [f32; WIDTH] {
            cast(self)
        }

        #[inline(always)]
        fn add_product(self, factor: f32, values: Self) -> Self {
            let factor: __m256 = cast([factor; WIDTH / 2]);
            // SAFETY: only functions compiled for AVX2 with FMA use this implementation.
            let low = unsafe { _mm256_fmadd_ps(factor, values[0], self[0]) };
            // SAFETY: as above.
            let high = unsafe { _mm256_fmadd_ps(factor, values[1], self[1]) };
            [low, high]
        }
    }
}
