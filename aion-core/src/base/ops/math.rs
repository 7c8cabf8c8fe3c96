//! Row by row arithmetic: norms, the gated unit, and sums of exponentials.

use half::bf16;

use super::lanes::{WIDTH, madd, simd};

/// `eˣ` for `x` up to 88, within 2 ulp; 0 below -87. The polynomial is that of Cephes' `expf`.
#[inline(always)]
fn exp<const FUSED: bool>(x: f32) -> f32 {
    /// Adding it rounds to a whole number, which is then in the lowest bits.
    const ROUND: f32 = 12_582_912.0;
    const LN2_HIGH: f32 = 0.693_359_4;
    const LN2_LOW: f32 = -2.121_944_4e-4;
    let clamped = x.clamp(-87.0, 88.0);
    let shifted = madd::<FUSED>(clamped, std::f32::consts::LOG2_E, ROUND);
    let power = shifted - ROUND;
    let rest = madd::<FUSED>(power, -LN2_LOW, madd::<FUSED>(power, -LN2_HIGH, clamped));
    let mut sum = 1.987_569_1e-4;
    for factor in [1.398_2e-3, 8.333_452e-3, 4.166_579_6e-2, 1.666_666_5e-1, 0.5] {
        sum = madd::<FUSED>(sum, rest, factor);
    }
    let value = madd::<FUSED>(sum, rest * rest, rest) + 1.0;
    let scaled = f32::from_bits((value.to_bits() as i32 + ((shifted.to_bits() as i32) << 23)) as u32);
    if x < -87.0 { 0.0 } else { scaled }
}

/// Sums the products of each pair, the second widened, in as many lanes as a vector has, and then the lanes in order.
#[inline(always)]
fn sum<const FUSED: bool, T: Copy>(a: &[f32], b: &[T], widen: impl Fn(T) -> f32) -> f32 {
    let mut lanes = [0.0; WIDTH];
    let ((a, a_rest), (b, b_rest)) = (a.as_chunks::<WIDTH>(), b.as_chunks::<WIDTH>());
    for (a, b) in a.iter().zip(b) {
        for lane in 0..WIDTH {
            lanes[lane] = madd::<FUSED>(a[lane], widen(b[lane]), lanes[lane]);
        }
    }
    let rest: f32 = a_rest.iter().zip(b_rest).map(|(a, &b)| a * widen(b)).sum();
    lanes.iter().sum::<f32>() + rest
}

#[inline(always)]
fn square_sum<const FUSED: bool>(x: &[f32]) -> f32 {
    sum::<FUSED, f32>(x, x, |x| x)
}

simd! {
    /// The sum of products.
    pub(crate) fn dot(a: &[f32], b: &[f32]) -> f32 {
        sum::<FUSED, f32>(a, b, |b| b)
    }
}

simd! {
    /// As [`dot`] of the widened numbers, to the last bit, without a copy of them.
    pub(super) fn dot_bf16(a: &[f32], b: &[bf16]) -> f32 {
        sum::<FUSED, bf16>(a, b, |b| f32::from_bits(u32::from(b.to_bits()) << 16))
    }
}

simd! {
    /// `out = x / √(mean(x²) + eps) · weight` (Zhang and Sennrich, Root Mean Square Layer Normalization, 2019).
    pub(crate) fn rms_norm(x: &[f32], weight: &[f32], eps: f32, out: &mut [f32]) {
        let inverse = 1.0 / (square_sum::<FUSED>(x) / x.len() as f32 + eps).sqrt();
        for ((out, x), weight) in out.iter_mut().zip(x).zip(weight) {
            *out = x * inverse * weight;
        }
    }
}

simd! {
    /// Adds the gradient of `x`, given that of `rms_norm(x)`, to `out`; `grad` is overwritten.
    pub(crate) fn rms_norm_backward(x: &[f32], weight: &[f32], eps: f32, grad: &mut [f32], out: &mut [f32]) {
        let inverse = 1.0 / (square_sum::<FUSED>(x) / x.len() as f32 + eps).sqrt();
        grad.iter_mut().zip(weight).for_each(|(grad, weight)| *grad *= weight);
        let along = sum::<FUSED, f32>(grad, x, |x| x) * inverse * inverse * inverse / x.len() as f32;
        for ((out, grad), x) in out.iter_mut().zip(&*grad).zip(x) {
            *out += madd::<FUSED>(*grad, inverse, -(x * along));
        }
    }
}

simd! {
    /// `out = silu(gate) · up` (Shazeer, GLU Variants Improve Transformer, 2020).
    pub(super) fn gated(gate: &[f32], up: &[f32], out: &mut [f32]) {
        for ((out, gate), up) in out.iter_mut().zip(gate).zip(up) {
            *out = gate / (1.0 + exp::<FUSED>(-gate)) * up;
        }
    }
}

simd! {
    /// The gradients of `gate` and `up`, given that of [`gated`], in their place.
    pub(crate) fn gated_backward(grad: &[f32], gate: &mut [f32], up: &mut [f32]) {
        for ((grad, gate), up) in grad.iter().zip(gate).zip(up) {
            let sigmoid = 1.0 / (1.0 + exp::<FUSED>(-*gate));
            let silu = *gate * sigmoid;
            let slope = madd::<FUSED>(silu, 1.0 - sigmoid, sigmoid);
            (*gate, *up) = (grad * *up * slope, grad * silu);
        }
    }
}

simd! {
    fn largest(x: &[f32]) -> f32 {
        let (chunks, rest) = x.as_chunks::<WIDTH>();
        let mut lanes = [f32::NEG_INFINITY; WIDTH];
        for chunk in chunks {
            for lane in 0..WIDTH {
                lanes[lane] = if chunk[lane] > lanes[lane] { chunk[lane] } else { lanes[lane] };
            }
        }
        lanes.iter().chain(rest).fold(f32::NEG_INFINITY, |most, &x| most.max(x))
    }
}

simd! {
    /// `x = e^(scale · x − shift)`, and the sum of these.
    fn exponentials(x: &mut [f32], scale: f32, shift: f32) -> f32 {
        let (chunks, rest) = x.as_chunks_mut::<WIDTH>();
        let mut lanes = [0.0; WIDTH];
        for chunk in chunks {
            for lane in 0..WIDTH {
                chunk[lane] = exp::<FUSED>(madd::<FUSED>(chunk[lane], scale, -shift));
                lanes[lane] += chunk[lane];
            }
        }
        let mut total: f32 = lanes.iter().sum();
        for x in rest {
            *x = exp::<FUSED>(madd::<FUSED>(*x, scale, -shift));
            total += *x;
        }
        total
    }
}

simd! {
    /// `x *= factor`.
    fn scale(x: &mut [f32], factor: f32) {
        x.iter_mut().for_each(|x| *x *= factor);
    }
}

simd! {
    /// `out += factor · x`.
    pub(crate) fn add_product(out: &mut [f32], factor: f32, x: &[f32]) {
        out.iter_mut().zip(x).for_each(|(out, x)| *out = madd::<FUSED>(factor, *x, *out));
    }
}

simd! {
    /// `out += x`.
    pub(crate) fn add(out: &mut [f32], x: &[f32]) {
        out.iter_mut().zip(x).for_each(|(out, x)| *out += x);
    }
}

/// `x = softmax(scale · x)`; gives the logarithm of the sum of exponentials.
pub(crate) fn softmax(x: &mut [f32], factor: f32) -> f32 {
    let most = largest(x) * factor;
    let total = exponentials(x, factor, most);
    scale(x, 1.0 / total);
    most + total.ln()
}

/// `x = e^(scale · x − log_sum)`: the softmax again, from its logarithm.
pub(crate) fn softmax_again(x: &mut [f32], factor: f32, log_sum: f32) {
    exponentials(x, factor, log_sum);
}

simd! {
    /// `grad = probability · (grad − mean) · scale`: the gradient of what the softmax was taken of.
    pub(crate) fn softmax_backward(grad: &mut [f32], probabilities: &[f32], mean: f32, scale: f32) {
        for (grad, probability) in grad.iter_mut().zip(probabilities) {
            *grad = probability * (*grad - mean) * scale;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exponentials_are_exact_to_two_ulp() {
        for step in -8700..8800 {
            let x = step as f32 * 0.01;
            for value in [exp::<true>(x), exp::<false>(x)] {
                let expected = f64::from(x).exp();
                assert!(
                    (f64::from(value) / expected - 1.0).abs() < 2.5e-7,
                    "e^{x} = {value}, not {expected}"
                );
            }
        }
        assert_eq!(exp::<true>(-100.0), 0.0);
        assert_eq!(exp::<true>(f32::NEG_INFINITY), 0.0);
        assert!(exp::<true>(f32::NAN).is_nan());
    }

    #[test]
    fn products_of_narrow_numbers_are_those_of_wide_ones() {
        for length in [0, 1, 16, 33, 576] {
            let x: Vec<f32> = (0..length).map(|n| (n as f32 * 0.37).sin()).collect();
            let narrow: Vec<_> = (0..length).map(|n| bf16::from_f32((n as f32 * 0.91).cos())).collect();
            let wide: Vec<f32> = narrow.iter().map(|value| value.to_f32()).collect();
            assert_eq!(dot_bf16(&x, &narrow).to_bits(), dot(&x, &wide).to_bits());
        }
    }

    #[test]
    fn a_softmax_of_large_numbers_sums_to_one() {
        for length in [1, 15, 16, 100] {
            let mut x: Vec<f32> = (0..length).map(|index| 1e4 + index as f32).collect();
            let log_sum = softmax(&mut x, 0.5);
            assert!((x.iter().sum::<f32>() - 1.0).abs() < 1e-6);
            assert!(log_sum >= 5000.0);
        }
    }
}
