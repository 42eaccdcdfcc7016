//! What retraining by the weights of an explanation will do to every task, before a step of it is flown.

use crate::error::{Result, XmrlError, check_finite, check_len};

/// Weights nearer to even than this, as a vector, are even: the accuracy of omega at the default gap and ridge,
/// `sqrt(2 gap / rho)`, is below it.
const EVEN: f64 = 1e-6;

/// What is known before retraining: the explanation by each half of the data, and every task's second adaptation step.
#[derive(Debug, Clone, Copy)]
pub struct Outlook<'a> {
    /// P, the length of one direction.
    pub parameters: usize,
    /// `u_i = theta_i^(k) - theta_0` of the N training tasks, two independent halves, `[N,P]` each.
    pub train: [&'a [f64]; 2],
    /// omega* of each half alone, `[N]` each, on the simplex.
    pub omega: [&'a [f64]; 2],
    /// `g_j = u_j^(2) - u_j^(1)` of M tasks, the same two halves, `[M,P]` each.
    pub second: [&'a [f64]; 2],
    /// How many of the M tasks, from the first on, set the unit.
    pub reference: usize,
}

/// What each task is foretold to gain.
#[derive(Debug, Clone, PartialEq)]
pub struct Foretold {
    /// `[M]` mean of the two crossings.
    pub gains: Vec<f64>,
    /// `[M]` of each crossing alone: the move of half 0 with the second steps of half 1, then the other way round.
    pub crossings: [Vec<f64>; 2],
    /// Root mean square length of the reference tasks' second steps, halves averaged: the unit of all gains.
    pub unit: f64,
}

/// Foretells, to first order, what every task gains after adapting once theta_0 has moved as the weights say.
///
/// Weighted meta-training moves theta_0 along `d = sum_i (omega_i - 1/N) u_i`, beyond what even weights do. The return of
/// task j after its first adaptation step changes by `<d, grad J_j(theta_j')>` (the derivative of `theta_j'` with respect to
/// theta_0 taken as the identity), and its second step `g_j = u_j^(2) - u_j^(1)` is that gradient, measured, times the inner
/// rate of the second step. So
///
/// `gain_j = ½ sum over halves h of <d^h, g_j^(1-h)> / (|d^h| unit)`, `unit² = mean over the reference tasks of |g_r|²`,
///
/// with `g_r` the mean of both halves: a pure number, of 1 for a task whose second step is as long as the others' and points
/// along the move. The length of the move is left out, so signs and ranks are foretold and levels are not. `d` and `g` come
/// from different halves: omega is fitted to the noise of its own half, in which a task's second step shares. Given the
/// moves, noise leaves `gain_j · unit` as it is on average; the unit itself has half of a half's noise variance in it, which
/// makes all gains smaller by one factor. Even weights foretell 0 for every task, and so do second steps that vanish.
///
/// Approximate beyond the first order: the gradient is that of the inner surrogate, whose advantages are standardised a task,
/// and with learned rates every layer has its own factor. Sources: influence of upweighting to first order, Koh and Liang
/// 2017; Reptile's step, Nichol, Achiam and Schulman 2018.
///
/// # Errors
/// [`XmrlError::Shape`], [`XmrlError::NonFinite`], [`XmrlError::Option`] (no task, weights off the simplex, a reference of 0
/// or more than M tasks).
pub fn foretell(outlook: &Outlook) -> Result<Foretold> {
    let (width, count) = (outlook.parameters, check(outlook)?);
    let moves = [0, 1].map(|half| along(outlook.train[half], outlook.omega[half], width));
    let [first, other] = outlook.second;
    let reference = first.iter().zip(other).take(outlook.reference * width);
    let squares: f64 = reference.map(|(a, b)| (0.5 * (a + b)).powi(2)).sum();
    let unit = (squares / outlook.reference as f64).sqrt();
    let crossing = |half: usize| -> Vec<f64> {
        let scale = if unit > 0.0 { unit.recip() } else { 0.0 };
        outlook.second[1 - half].chunks_exact(width).map(|step| scale * dot(&moves[half], step)).collect()
    };
    let crossings = [crossing(0), crossing(1)];
    let gains = (0..count).map(|j| 0.5 * (crossings[0][j] + crossings[1][j])).collect();
    Ok(Foretold { gains, crossings, unit })
}

/// `d / |d|` `[P]` with `d = sum_i (omega_i - 1/N) u_i`; zeros for even weights, and where `d` is 0.
fn along(train: &[f64], omega: &[f64], width: usize) -> Vec<f64> {
    let even = 1.0 / omega.len() as f64;
    let excess: Vec<f64> = omega.iter().map(|weight| weight - even).collect();
    let mut path = vec![0.0; width];
    if dot(&excess, &excess).sqrt() > EVEN {
        for (share, row) in excess.iter().zip(train.chunks_exact(width)) {
            path.iter_mut().zip(row).for_each(|(sum, entry)| *sum += share * entry);
        }
    }
    let length = dot(&path, &path).sqrt();
    if length > 0.0 {
        path.iter_mut().for_each(|entry| *entry /= length);
    }
    path
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// Shapes, values and weights; returns M.
fn check(outlook: &Outlook) -> Result<usize> {
    let (width, tasks) = (outlook.parameters, outlook.omega[0].len());
    let count = outlook.second[0].len() / width.max(1);
    if width == 0 || tasks == 0 || count == 0 {
        let got = format!("{tasks} training tasks and {count} second steps of {width} parameters");
        return Err(XmrlError::Option { key: "foretell", got, fix: "give at least one of each" });
    }
    if !(1..=count).contains(&outlook.reference) {
        let got = format!("{} of {count} tasks", outlook.reference);
        return Err(XmrlError::Option { key: "reference", got, fix: "give 1 to as many as have second steps" });
    }
    for half in 0..2 {
        let name = ["A", "B"][half];
        let arrays = [
            ("training directions", "[N,P]", outlook.train[half], tasks * width),
            ("weights", "[N]", outlook.omega[half], tasks),
            ("second steps", "[M,P]", outlook.second[half], count * width),
        ];
        for (what, shape, values, length) in arrays {
            check_len(&format!("{what} of half {name}"), shape, values.len(), length)?;
            check_finite(&format!("{what} of half {name}"), values)?;
        }
        let sum: f64 = outlook.omega[half].iter().sum();
        if outlook.omega[half].iter().any(|weight| *weight < 0.0) || (sum - 1.0).abs() > EVEN {
            let lowest = outlook.omega[half].iter().copied().fold(f64::INFINITY, f64::min);
            let got = format!("a half {name} that sums to {sum}, its least weight {lowest}");
            return Err(XmrlError::Option { key: "omega", got, fix: "give weights on the simplex" });
        }
    }
    Ok(count)
}

#[cfg(test)]
mod tests;
