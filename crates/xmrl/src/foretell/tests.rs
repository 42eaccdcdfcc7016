use xmrl_oracle::Random;

use super::*;
use crate::adaptation::{AdaptationOptions, Directions, Lengths, Metric, explain_adaptation};
use crate::reliability::spearman;

/// The same numbers in both halves.
fn settled(train: &[f64], omega: &[f64], second: &[f64], width: usize, reference: usize) -> Foretold {
    foretell(&Outlook { parameters: width, train: [train; 2], omega: [omega; 2], second: [second; 2], reference })
        .unwrap()
}

fn near(a: &[f64], b: &[f64], by: f64) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| (a - b).abs() < by)
}

#[test]
fn orthogonal_tasks_by_hand() {
    // Three tasks along the axes, weights 2/3, 1/3, 0: d = (1/3, 0, -1/3 · 2) with the third of length 2.
    let train = [1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 2.0];
    let second = [3.0, 0.0, 0.0, 0.0, 4.0, 0.0, 0.0, 0.0, -5.0, 5.0, 0.0, 5.0];
    let found = settled(&train, &[2.0 / 3.0, 1.0 / 3.0, 0.0], &second, 3, 2);
    // d / |d| = (1, 0, -2) / sqrt(5); the unit is that of the first two alone, sqrt((9 + 16) / 2).
    let (length, unit) = (5.0_f64.sqrt(), 12.5_f64.sqrt());
    let truth = [3.0, 0.0, 10.0, -5.0].map(|product| product / length / unit);
    assert!(near(&found.gains, &truth, 1e-14), "{:?} {truth:?}", found.gains);
    assert!((found.unit - unit).abs() < 1e-14);
    assert_eq!(found.crossings[0], found.crossings[1]);
}

/// Each crossing takes the move of one half and the steps of the other, each half with its own weights.
#[test]
fn halves_cross() {
    let train = [[1.0, 0.0, 0.0, 1.0], [2.0, 0.0, 0.0, 1.0]];
    let omega = [[1.0, 0.0], [0.5 + 0.25, 0.25]];
    let second = [[10.0, 0.0], [0.0, 20.0]];
    let found = foretell(&Outlook {
        parameters: 2,
        train: [&train[0], &train[1]],
        omega: [&omega[0], &omega[1]],
        second: [&second[0], &second[1]],
        reference: 1,
    })
    .unwrap();
    // d: (.5, -.5) and (.5, -.25); the mean second step is (5, 10).
    let unit = 125.0_f64.sqrt();
    let crossings = [-20.0 * 0.5_f64.sqrt() / unit, 10.0 * 0.5 / 0.3125_f64.sqrt() / unit];
    assert!((found.crossings[0][0] - crossings[0]).abs() < 1e-14, "{found:?} {crossings:?}");
    assert!((found.crossings[1][0] - crossings[1]).abs() < 1e-14);
    assert!((found.gains[0] - 0.5 * (crossings[0] + crossings[1])).abs() < 1e-14);
}

/// Returns `J_j(theta) = -½|theta - c_j|²`, adapted by gradient steps of rate .3, then .15: after a move of theta_0 along d
/// the adapted return changes by `(1 - rate)² (<d, c_j - theta_0> - ½|d|²)`, exactly.
#[test]
fn quadratic_returns_gain_what_is_foretold_to_first_order() {
    let (width, tasks, others, rate) = (7, 9, 24, 0.3);
    let mut random = Random::new(61);
    let (theta, goals) = (random.normals(width), random.normals(tasks * width));
    let aims = random.normals(others * width);
    let step = |at: &[f64], goal: &[f64], rate: f64| -> Vec<f64> {
        at.iter().zip(goal).map(|(x, c)| x + rate * (c - x)).collect()
    };
    let train: Vec<f64> = goals
        .chunks_exact(width)
        .flat_map(|goal| {
            let moved = (0..3).fold(theta.clone(), |at, k| step(&at, goal, if k == 0 { rate } else { 0.5 * rate }));
            moved.into_iter().zip(&theta).map(|(to, from)| to - from).collect::<Vec<_>>()
        })
        .collect();
    let second: Vec<f64> = aims
        .chunks_exact(width)
        .flat_map(|goal| {
            let once = step(&theta, goal, rate);
            step(&once, goal, 0.5 * rate).into_iter().zip(once).map(|(to, from)| to - from).collect::<Vec<_>>()
        })
        .collect();
    let mut omega = vec![0.0; tasks];
    (omega[2], omega[5], omega[6]) = (0.6, 0.3, 0.1);
    let found = settled(&train, &omega, &second, width, others);

    let excess: Vec<f64> = omega.iter().map(|weight| weight - 1.0 / tasks as f64).collect();
    let d: Vec<f64> = (0..width).map(|p| (0..tasks).map(|i| excess[i] * train[i * width + p]).sum()).collect();
    let gain = |share: f64, goal: &[f64]| -> f64 {
        let adapted_return = |start: &[f64]| -> f64 {
            let end = step(start, goal, rate);
            -0.5 * end.iter().zip(goal).map(|(x, c)| (x - c).powi(2)).sum::<f64>()
        };
        let moved: Vec<f64> = theta.iter().zip(&d).map(|(x, d)| x + share * d).collect();
        (adapted_return(&moved) - adapted_return(&theta)) / share
    };
    let gains = |share: f64| -> Vec<f64> { aims.chunks_exact(width).map(|goal| gain(share, goal)).collect() };
    // A small move: the foretold gains, times one factor. g = rate/2 grad J(theta'), and the chain rule gives 1 - rate.
    let truth = gains(1e-6);
    let length = d.iter().map(|x| x * x).sum::<f64>().sqrt();
    let factor = length * found.unit / (0.5 * rate) * (1.0 - rate);
    let scaled: Vec<f64> = found.gains.iter().map(|gain| factor * gain).collect();
    assert!(near(&scaled, &truth, 1e-5), "{scaled:?} {truth:?}");
    assert!(found.gains.iter().zip(&truth).all(|(a, b)| a.signum() == b.signum()));
    assert!((spearman(&found.gains, &truth).unwrap() - 1.0).abs() < 1e-12);
    // The whole move: levels are those of the first order no longer, but here all are short by one number, so ranks hold.
    let whole = gains(1.0);
    assert!((spearman(&found.gains, &whole).unwrap() - 1.0).abs() < 1e-12 && whole[0] < truth[0]);
}

/// Data without any truth in them, in which omega is fitted to the poor tasks' noise and their second steps share it: the
/// crossings foretell nothing on average, and each half by itself would foretell a gain.
#[test]
fn noise_foretells_nothing_on_average() {
    let (width, tasks, poor, sets) = (6, 8, 3, 600);
    let (mut crossed, mut own) = (Vec::new(), Vec::new());
    for set in 0..sets {
        let mut random = Random::new(9000 + set);
        let [train, aims] = [tasks, poor].map(|count| [0, 1].map(|_| random.normals(count * width)));
        let directions = Directions {
            parameters: width,
            train: [&train[0], &train[1]],
            poor: [&aims[0], &aims[1]],
            metric: Metric::Raw,
        };
        let options =
            AdaptationOptions { lengths: Lengths::Kept, resamples: 0, gap: 1e-9, ..AdaptationOptions::default() };
        let omega = explain_adaptation(&directions, &options, |_, _| 0.0).unwrap().omega_halves;
        let outlook = |second: [usize; 2]| Outlook {
            parameters: width,
            train: directions.train,
            omega: [&omega[0], &omega[1]],
            second: second.map(|half| &aims[half][..]),
            reference: poor,
        };
        let total = |found: Foretold| found.gains.iter().sum::<f64>() / poor as f64 * found.unit;
        crossed.push(total(foretell(&outlook([0, 1])).unwrap()));
        own.push(total(foretell(&outlook([1, 0])).unwrap()));
    }
    let moments = |values: &[f64]| -> (f64, f64) {
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        let variance = values.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / (values.len() - 1) as f64;
        (mean, (variance / values.len() as f64).sqrt())
    };
    let ((mean, error), (fitted, spread)) = (moments(&crossed), moments(&own));
    assert!(mean.abs() < 3.5 * error, "{mean} ± {error}");
    assert!(fitted > 20.0 * spread, "{fitted} ± {spread}");
}

/// Given the moves, noise of the second steps leaves gain times unit as it is on average.
#[test]
fn noise_of_second_steps_averages_out() {
    let (width, tasks, others) = (5, 4, 6);
    let mut random = Random::new(77);
    let (train, second) = (random.normals(tasks * width), random.normals(others * width));
    let omega = [0.7, 0.3, 0.0, 0.0];
    let clean = settled(&train, &omega, &second, width, others);
    let (mut sums, sets) = (vec![0.0; others], 4000);
    for _ in 0..sets {
        let noisy = [0, 1].map(|_| second.iter().map(|x| x + 2.0 * random.normal()).collect::<Vec<f64>>());
        let found = foretell(&Outlook {
            parameters: width,
            train: [&train; 2],
            omega: [&omega; 2],
            second: [&noisy[0], &noisy[1]],
            reference: others,
        });
        let found = found.unwrap();
        assert!(found.unit > 0.5 * clean.unit);
        sums.iter_mut().zip(&found.gains).for_each(|(sum, gain)| *sum += gain * found.unit / f64::from(sets));
    }
    // The standard error of each is 2 / sqrt(2 · 4000) = .022.
    let truth: Vec<f64> = clean.gains.iter().map(|gain| gain * clean.unit).collect();
    assert!(near(&sums, &truth, 4.0 * 0.0224), "{sums:?} {truth:?}");
}

#[test]
fn permutations_scales_and_even_weights() {
    let (width, tasks, others) = (4, 5, 6);
    let mut random = Random::new(31);
    let (train, second) = (random.normals(tasks * width), random.normals(others * width));
    let omega = [0.5, 0.2, 0.3, 0.0, 0.0];
    let base = settled(&train, &omega, &second, width, others);
    let gather = |rows: &[f64], order: &[usize]| -> Vec<f64> {
        order.iter().flat_map(|&i| rows[i * width..(i + 1) * width].to_vec()).collect()
    };
    let order = [3, 0, 4, 2, 1];
    let moved = settled(&gather(&train, &order), &order.map(|i| omega[i]), &second, width, others);
    assert!(near(&moved.gains, &base.gains, 1e-13), "the order of training tasks is immaterial");
    let order = [5, 3, 1, 0, 2, 4];
    let moved = settled(&train, &omega, &gather(&second, &order), width, others);
    assert!(near(&moved.gains, &order.map(|i| base.gains[i]), 1e-13));
    let times = |rows: &[f64], by: f64| rows.iter().map(|x| by * x).collect::<Vec<f64>>();
    let scaled = settled(&times(&train, 1e-4), &omega, &times(&second, 30.0), width, others);
    assert!(near(&scaled.gains, &base.gains, 1e-13), "no unit matters");
    // What all training tasks share moves nothing: the weights' excess sums to 0.
    let shifted: Vec<f64> = train.iter().enumerate().map(|(k, x)| x + 3.0 * (k % width) as f64).collect();
    assert!(near(&settled(&shifted, &omega, &second, width, others).gains, &base.gains, 1e-12));
    // Even weights up to what a solver leaves: no move, and none is made of rounding.
    let even: Vec<f64> = (0..tasks).map(|i| 0.2 + 1e-8 * (i as f64 - 2.0)).collect();
    assert_eq!(settled(&train, &even, &second, width, others).gains, [0.0; 6]);
    assert_eq!(settled(&train, &omega, &[0.0; 24], width, others).gains, [0.0; 6]);
}

#[test]
fn what_is_no_outlook_is_refused() {
    let (rows, omega) = ([0.0, 1.0, 2.0, 3.0], [0.5, 0.5]);
    let good = Outlook { parameters: 2, train: [&rows; 2], omega: [&omega; 2], second: [&rows; 2], reference: 2 };
    let refused = |outlook: Outlook| foretell(&outlook).unwrap_err().to_string();
    assert!(refused(Outlook { reference: 3, ..good }).contains("reference is 3 of 2 tasks"));
    assert!(refused(Outlook { reference: 0, ..good }).contains("reference is 0"));
    assert!(refused(Outlook { parameters: 0, ..good }).contains("at least one"));
    assert!(refused(Outlook { second: [&[], &[]], ..good }).contains("0 second steps"));
    let torn = refused(Outlook { train: [&rows, &rows[1..]], ..good });
    assert!(torn.contains("training directions of half B has 3 entries"), "{torn}");
    assert!(refused(Outlook { second: [&rows, &rows[2..]], ..good }).contains("second steps of half B"));
    assert!(refused(Outlook { omega: [&omega, &[0.5]], ..good }).contains("weights of half B"));
    let broken = [0.0, f64::NAN, 2.0, 3.0];
    assert!(refused(Outlook { second: [&rows, &broken], ..good }).contains("NaN at entry 1"));
    assert!(refused(Outlook { omega: [&omega, &[0.5, 0.6]], ..good }).contains("half B that sums to 1.1"));
    assert!(refused(Outlook { omega: [&[1.5, -0.5], &omega], ..good }).contains("least weight -0.5"));
}
