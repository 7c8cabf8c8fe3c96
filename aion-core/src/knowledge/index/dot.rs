//! Inner products at the speed of memory.

/// Numbers that are multiplied at once, and what a row is padded to.
pub(super) const LANES: usize = 16;
/// Sums side by side, which do not wait for each other.
const SUMS: usize = 4;

/// The inner products of `query` with each of `rows`, in their order. Rows are as long as the query, whose length is a
/// multiple of [`LANES`].
///
/// The order of the sums is that of the place alone, so a row has the same product wherever it lies.
pub(super) fn each(rows: &[f32], query: &[f32], mut take: impl FnMut(usize, f32)) {
    #[cfg(target_arch = "x86_64")]
    if is_x86_feature_detected!("avx512f") {
        // SAFETY: the processor has what the function asks for.
        return unsafe { each_avx512(rows, query, take) };
    }
    #[cfg(target_arch = "x86_64")]
    if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
        // SAFETY: as above.
        return unsafe { each_avx2(rows, query, take) };
    }
    // NEON has fused multiplication; elsewhere a call would take its place.
    each_row(rows, query, &mut take, cfg!(target_arch = "aarch64"));
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f")]
fn each_avx512(rows: &[f32], query: &[f32], mut take: impl FnMut(usize, f32)) {
    each_row(rows, query, &mut take, true);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn each_avx2(rows: &[f32], query: &[f32], mut take: impl FnMut(usize, f32)) {
    each_row(rows, query, &mut take, true);
}

#[inline(always)]
fn each_row(rows: &[f32], query: &[f32], take: &mut impl FnMut(usize, f32), is_fused: bool) {
    let query = query.as_chunks::<LANES>().0;
    for (place, row) in rows.chunks_exact(query.len() * LANES).enumerate() {
        take(place, dot(row.as_chunks().0, query, is_fused));
    }
}

#[inline(always)]
fn dot(row: &[[f32; LANES]], query: &[[f32; LANES]], is_fused: bool) -> f32 {
    let mut sums = [[0.0_f32; LANES]; SUMS];
    let (rows, last_row) = row.as_chunks::<SUMS>();
    let (queries, last_query) = query.as_chunks::<SUMS>();
    for (row, query) in rows.iter().zip(queries) {
        for sum in 0..SUMS {
            add(&mut sums[sum], &row[sum], &query[sum], is_fused);
        }
    }
    for (sum, (row, query)) in sums.iter_mut().zip(last_row.iter().zip(last_query)) {
        add(sum, row, query, is_fused);
    }
    let mut total = [0.0; LANES];
    for lane in 0..LANES {
        total[lane] = (sums[0][lane] + sums[1][lane]) + (sums[2][lane] + sums[3][lane]);
    }
    total.iter().sum()
}

/// A closure would not have the instructions of the function that it is in.
#[inline(always)]
fn add(sums: &mut [f32; LANES], row: &[f32; LANES], query: &[f32; LANES], is_fused: bool) {
    for lane in 0..LANES {
        sums[lane] = match is_fused {
            true => row[lane].mul_add(query[lane], sums[lane]),
            false => row[lane] * query[lane] + sums[lane],
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_are_those_of_the_definition_on_every_path() {
        for length in [16, 48, 64, 512, 1040] {
            let value = |place: usize| ((place * 37 % 101) as f32 - 50.0) / 50.0;
            let query: Vec<f32> = (0..length).map(value).collect();
            let rows: Vec<f32> = (0..3 * length).map(|place| value(place + 7)).collect();
            let wanted: Vec<f64> = rows
                .chunks(length)
                .map(|row| row.iter().zip(&query).map(|(a, b)| f64::from(a * b)).sum())
                .collect();
            let mut found = Vec::new();
            each(&rows, &query, |place, score| found.push((place, score)));
            each_row(&rows, &query, &mut |place, score| found.push((place, score)), false);
            assert_eq!(found.len(), 6);
            for (place, score) in found {
                assert!((f64::from(score) - wanted[place]).abs() < 1e-3, "{length} {place}");
            }
        }
    }
}
