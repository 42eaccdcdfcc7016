//! Near-duplicate tasks: groups joined by a cosine.

use xmrl_autodiff::vector;

use crate::error::{Result, XmrlError, check_len};

/// Cosines of all pairs of `rows [N,width]`, `[N,N]`; 0 beside a row of zeros.
pub(crate) fn cosines(rows: &[f64], width: usize) -> Vec<f64> {
    let rows: Vec<&[f64]> = rows.chunks_exact(width.max(1)).collect();
    let norms: Vec<f64> = rows.iter().map(|row| vector::norm(row)).collect();
    let cosine = |i: usize, j: usize| {
        let size = norms[i] * norms[j];
        if size > 0.0 { vector::dot(rows[i], rows[j]) / size } else { 0.0 }
    };
    (0..rows.len() * rows.len()).map(|k| cosine(k / rows.len(), k % rows.len())).collect()
}

/// The connected components of "cosine at least `least`" over `count` tasks, as the group of every task `[N]`; groups are
/// numbered from 0 by their first member. `cosines [N,N]` is symmetric.
///
/// A chain joins its ends, however far apart they are: this asks which tasks cannot be told apart step by step.
///
/// # Errors
/// [`XmrlError::Shape`]; [`XmrlError::Option`] for a threshold outside (0, 1].
pub(crate) fn near_duplicates(cosines: &[f64], count: usize, least: f64) -> Result<Vec<usize>> {
    check_len("cosines", "[N,N]", cosines.len(), count * count)?;
    if !(least > 0.0 && least <= 1.0) {
        let got = least.to_string();
        return Err(XmrlError::Option { key: "explain.groupCosine", got, fix: "give a number in (0, 1], or null" });
    }
    let mut groups = vec![usize::MAX; count];
    let mut found = 0;
    for first in 0..count {
        if groups[first] != usize::MAX {
            continue;
        }
        groups[first] = found;
        let mut open = vec![first];
        while let Some(task) = open.pop() {
            for other in 0..count {
                if groups[other] == usize::MAX && cosines[task * count + other] >= least {
                    groups[other] = found;
                    open.push(other);
                }
            }
        }
        found += 1;
    }
    Ok(groups)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Unit vectors at angles in degrees.
    fn at(degrees: &[f64]) -> Vec<f64> {
        degrees.iter().flat_map(|angle| [3.0 * angle.to_radians().cos(), 3.0 * angle.to_radians().sin()]).collect()
    }

    #[test]
    fn cosines_are_those_of_the_angles() {
        let angles = [0.0, 30.0, 90.0, 200.0];
        let found = cosines(&at(&angles), 2);
        for (i, a) in angles.iter().enumerate() {
            for (j, b) in angles.iter().enumerate() {
                assert!((found[i * 4 + j] - (a - b).to_radians().cos()).abs() < 1e-15);
            }
        }
        assert_eq!(cosines(&[0.0, 0.0, 1.0, 0.0], 2), [0.0, 0.0, 0.0, 1.0]);
    }

    #[test]
    fn chains_are_one_group_and_gaps_part_them() {
        // 10 degrees apart, a gap of 40, then two more; cos 15 lies between.
        let found = cosines(&at(&[0.0, 60.0, 10.0, 20.0, 70.0, 180.0]), 2);
        let least = 15f64.to_radians().cos();
        assert_eq!(near_duplicates(&found, 6, least).unwrap(), [0, 1, 0, 0, 1, 2]);
        assert_eq!(near_duplicates(&found, 6, 1.0).unwrap(), [0, 1, 2, 3, 4, 5]);
    }

    #[test]
    fn a_threshold_out_of_range_is_named() {
        for least in [0.0, -1.0, 1.1, f64::NAN] {
            let text = near_duplicates(&[1.0], 1, least).unwrap_err().to_string();
            assert!(text.contains("explain.groupCosine"), "{text}");
        }
    }
}
