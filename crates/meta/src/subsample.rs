//! Row subsamples on which Hessian products are affordable, at the policies and gradients of all rows.

use rayon::ThreadPool;
use xmrl_autodiff::vector;
use xmrl_policy::Number;

use crate::adapt::{Inner, Threads};
use crate::error::{Result, Stage, check_finite, check_len};
use crate::problem::{MetaSpec, PreparedRows, TaskData};

/// The curvature rows of a data set, and what the others add to first order.
///
/// With `J_n` the surrogates on the subsample (whose coefficients carry R / n), `g` and `z` the inner and the outer gradient
/// over **all** rows at the meta vector that flew them, the surrogate of a task is
/// `J(theta) = J_n^out(theta') + <z - z_n, theta'>` with `theta' = theta + D (dJ_n^in(theta) + g - g_n)`.
/// So at that vector theta' is the policy that flew the query rows (their ratios are 1) and the meta-gradient's parts are
/// exact; only the second and third derivatives are those of the subsample. Its Hessian estimates that of all rows, without
/// bias but for the product of two estimates of the inner Hessian in it (order 1 / n).
#[derive(Debug, Clone, PartialEq)]
pub struct Subsample<T = f64> {
    /// `[N]` the rows themselves.
    pub data: Vec<TaskData<T>>,
    /// The inner steps of all rows, without means.
    pub inner: Inner<T>,
    /// `g - g_n [N,P]`.
    pub inner_rest: Vec<f64>,
    /// `z - z_n [N,P]`.
    pub outer_rest: Vec<f64>,
}

impl<T: Number> Subsample<T> {
    /// The curvature rows of `data`, flown at `meta [Q]` with these inner steps.
    ///
    /// # Errors
    /// Wrong lengths; a gradient that is not finite, with its task.
    pub fn new(
        spec: &MetaSpec,
        data: &[TaskData<T>],
        meta: &[f64],
        inner: &Inner<T>,
        pool: &ThreadPool,
    ) -> Result<Self> {
        spec.check_meta(Stage::Prepare, meta)?;
        check_len("inner.adapted", "[N,P]", inner.adapted.len(), data.len() * spec.policy_parameters())?;
        check_len("inner.gradients", "[N,P]", inner.gradients.len(), data.len() * spec.policy_parameters())?;
        let sample = |task: &TaskData<T>| TaskData { support: task.support.subsample(), query: task.query.subsample() };
        let samples: Vec<TaskData<T>> = data.iter().map(sample).collect();
        let support: Vec<&PreparedRows<T>> = samples.iter().map(|task| &task.support).collect();
        let [whole, query] = [data, &samples].map(|tasks| tasks.iter().map(|task| &task.query).collect::<Vec<_>>());
        let threads = Threads::new(spec, pool)?;
        let inner_part = row_gradients(&threads, spec.theta(meta), &support)?;
        let outer = row_gradients(&threads, &inner.adapted, &whole)?;
        let outer_part = row_gradients(&threads, &inner.adapted, &query)?;
        Ok(Self {
            inner_rest: vector::difference(&inner.gradients, &inner_part),
            outer_rest: vector::difference(&outer, &outer_part),
            inner: Inner {
                adapted: inner.adapted.clone(),
                gradients: inner.gradients.clone(),
                means: vec![Vec::new(); data.len()],
            },
            data: samples,
        })
    }
}

/// At most `most` of `rows`, ascending: one of each of as many equal stretches, at places within them that go by the golden ratio, so that
/// no rhythm of the rows (episodes, gaits) is met at one phase; another choice for another task. All of them where there are no more.
#[must_use]
pub fn thinned(rows: &[usize], most: usize, task: usize) -> Vec<usize> {
    let most = most.max(1);
    if most >= rows.len() {
        return rows.to_vec();
    }
    let stretch = rows.len() as f64 / most as f64;
    let place = |at: usize| {
        let within = ((at + 1) as f64 * 0.618_033_988_749_894_9 + task as f64 * 0.754_877_666_246_692_8).fract();
        // Stretches are longer than 1, so that no two of them begin in one row.
        rows[(((at as f64 + within) * stretch) as usize).min(rows.len() - 1)]
    };
    let mut chosen: Vec<usize> = (0..most).map(place).collect();
    chosen.dedup();
    chosen
}

/// `dJ_i(theta_i) [N,P]` on given rows; `theta` is `[P]` for all or `[N,P]`.
fn row_gradients<T: Number>(threads: &Threads<'_, T>, theta: &[f64], rows: &[&PreparedRows<T>]) -> Result<Vec<f64>> {
    let size = threads.fused.spec().parameters();
    let gradients = threads.each(rows.len(), |task, scratch| {
        let at = if theta.len() == size { theta } else { &theta[task * size..(task + 1) * size] };
        let mut gradient = vec![0.0; size];
        threads.fused.surrogate_gradient(&mut scratch.workspace, at, &rows[task].view(), &mut gradient);
        check_finite(Stage::Curvature, Some(task), "surrogate gradient", &gradient)?;
        Ok(gradient)
    })?;
    Ok(gradients.concat())
}

#[cfg(test)]
mod tests {
    use super::thinned;

    #[test]
    fn thinned_rows_are_spread_over_all_and_every_phase() {
        let rows: Vec<usize> = (0..4000).map(|row| 3 * row + 1).collect();
        assert_eq!(thinned(&rows, 4000, 2), rows);
        assert_eq!(thinned(&rows, usize::MAX, 0), rows);
        for (most, task) in [(1, 0), (7, 3), (50, 0), (200, 39), (3000, 1), (3999, 5)] {
            let chosen = thinned(&rows, most, task);
            assert!(chosen.len() <= most && chosen.len() >= most - most / 3, "{most}: {}", chosen.len());
            assert!(chosen.windows(2).all(|pair| pair[0] < pair[1]) && chosen.iter().all(|row| rows.contains(row)));
            let widest = chosen.windows(2).map(|pair| pair[1] - pair[0]).max().unwrap_or(0);
            assert!(widest <= 3 * (2 * rows.len() / most + 1), "{most}: a gap of {widest}");
        }
        // Every 200 rows are an episode of 200 steps: early, middle and late ones are alike many.
        let phases: Vec<usize> = thinned(&rows, 200, 4).iter().map(|row| row / 3 % 200 / 50).collect();
        (0..4).for_each(|phase| {
            let count = phases.iter().filter(|&&of| of == phase).count();
            assert!((35..=65).contains(&count), "phase {phase}: {count}");
        });
        assert_ne!(thinned(&rows, 50, 0), thinned(&rows, 50, 1));
        assert_eq!(thinned(&[], 5, 0), Vec::<usize>::new());
    }
}
