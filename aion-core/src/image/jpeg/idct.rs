//! Cosine transforms of fewer points than the blocks have.

/// What one block becomes: `across` × `down` samples from its lowest frequencies (ITU-T T.81, A.3.3, with the cosines of
/// fewer points). This keeps what is below the smaller picture's limit as it is and drops what is above.
pub(super) struct Transform {
    across: [[f32; 8]; 8],
    down: [[f32; 8]; 8],
    size: (usize, usize),
}

impl Transform {
    pub(super) fn new(size: (usize, usize)) -> Self {
        Self { across: cosines(size.0), down: cosines(size.1), size }
    }

    /// Samples across and down.
    pub(super) fn size(&self) -> (usize, usize) {
        self.size
    }

    /// Writes the samples of `block`, which has coefficients by rows, to `out`, whose rows are `stride` apart.
    #[inline]
    pub(super) fn write(&self, block: &[f32; 64], out: &mut [u8], stride: usize) {
        match self.size {
            (2, 2) => self.run::<2, 2>(block, out, stride),
            (4, 4) => self.run::<4, 4>(block, out, stride),
            (across, down) => self.run_any(block, out, stride, across, down),
        }
    }

    #[inline]
    fn run<const ACROSS: usize, const DOWN: usize>(&self, block: &[f32; 64], out: &mut [u8], stride: usize) {
        self.run_any(block, out, stride, ACROSS, DOWN);
    }

    #[inline(always)]
    fn run_any(&self, block: &[f32; 64], out: &mut [u8], stride: usize, across: usize, down: usize) {
        let mut rows = [[0.0f32; 8]; 8];
        for (v, row) in rows[..down].iter_mut().enumerate() {
            for (u, cosines) in self.across[..across].iter().enumerate() {
                let coefficient = block[8 * v + u];
                row.iter_mut().zip(cosines).for_each(|(sample, cosine)| *sample += coefficient * cosine);
            }
        }
        for y in 0..down {
            // Half a level more, so that cutting off the fraction rounds.
            let mut samples = [128.5f32; 8];
            for (row, cosines) in rows[..down].iter().zip(&self.down) {
                samples.iter_mut().zip(row).for_each(|(sample, part)| *sample += cosines[y] * part);
            }
            let out = &mut out[y * stride..][..across];
            out.iter_mut().zip(samples).for_each(|(out, sample)| *out = sample as u8);
        }
    }
}

/// By frequency and place.
fn cosines(points: usize) -> [[f32; 8]; 8] {
    let mut cosines = [[0.0; 8]; 8];
    for (frequency, row) in cosines[..points].iter_mut().enumerate() {
        let scale = if frequency == 0 { 0.125f64.sqrt() } else { 0.5 };
        for (place, cosine) in row[..points].iter_mut().enumerate() {
            let angle = std::f64::consts::PI * ((2 * place + 1) * frequency) as f64 / (2 * points) as f64;
            *cosine = (scale * angle.cos()) as f32;
        }
    }
    cosines
}
