//! Vectors of length 1, and their bytes.

use super::options::{MAX_DIMENSION, invalid, too_large};
use crate::error::Result;

/// The vector at length 1.
///
/// # Errors
/// `InvalidArgument` for one that is empty, not finite or of length 0, `LimitExceeded` for one that is too long.
pub(super) fn unit(vector: &[f32]) -> Result<Vec<f32>> {
    if vector.len() > MAX_DIMENSION {
        return Err(too_large(format!(
            "a vector has {} numbers; {MAX_DIMENSION} are the most",
            vector.len()
        )));
    }
    if let Some(place) = vector.iter().position(|value| !value.is_finite()) {
        return Err(invalid(format!("a vector has {} at {place}; it must be finite", vector[place])));
    }
    let length = vector.iter().map(|&value| f64::from(value).powi(2)).sum::<f64>().sqrt();
    if length == 0.0 {
        return Err(invalid("a vector is empty or of length 0, which points nowhere"));
    }
    Ok(vector.iter().map(|&value| (f64::from(value) / length) as f32).collect())
}

/// The bytes of a vector in the file.
pub(super) fn to_bytes(vector: &[f32]) -> Vec<u8> {
    vector.iter().flat_map(|value| value.to_le_bytes()).collect()
}

/// The numbers of a vector in the file; `None` if they are not as many as `vector` has room for.
pub(super) fn read_into(bytes: &[u8], vector: &mut [f32]) -> Option<()> {
    let (values, rest) = bytes.as_chunks::<4>();
    if values.len() != vector.len() || !rest.is_empty() {
        return None;
    }
    vector.iter_mut().zip(values).for_each(|(value, &bytes)| *value = f32::from_le_bytes(bytes));
    Some(())
}

/// The numbers of a vector in the file.
pub(super) fn from_bytes(bytes: &[u8]) -> Vec<f32> {
    bytes.as_chunks::<4>().0.iter().map(|&bytes| f32::from_le_bytes(bytes)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;

    #[test]
    fn vectors_come_back_at_length_one() {
        let made = unit(&[3.0, 4.0]).unwrap();
        assert_eq!(made, [0.6, 0.8]);
        assert_eq!(from_bytes(&to_bytes(&made)), made);
        let mut room = [0.0; 2];
        assert!(read_into(&to_bytes(&made), &mut room).is_some() && room == [0.6, 0.8]);
        assert!(read_into(&to_bytes(&made)[1..], &mut room).is_none());
        assert_eq!(unit(&[f32::MAX, f32::MAX]).unwrap()[0], 0.5_f32.sqrt());
    }

    #[test]
    fn what_points_nowhere_is_refused() {
        for vector in [&[][..], &[0.0, 0.0], &[f32::NAN], &[1.0, f32::INFINITY]] {
            assert_eq!(unit(vector).unwrap_err().kind(), ErrorKind::InvalidArgument);
        }
        assert_eq!(unit(&vec![1.0; MAX_DIMENSION + 1]).unwrap_err().kind(), ErrorKind::LimitExceeded);
    }
}
