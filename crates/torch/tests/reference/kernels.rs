//! The fused derivatives against libtorch's autograd and differences.

use tch::{Kind, Tensor};
use xmrl_policy::{Activation, Fused, PolicySpec, Rows};
use xmrl_torch::{distribution, kl, log_prob};

use crate::policies::{Data, Draws, cases, parameters, relative, spec};

const GATE: f64 = 1e-10;

fn tensor(values: &[f64], shape: &[usize]) -> Tensor {
    Tensor::from_slice(values).view(shape.iter().map(|&n| n as i64).collect::<Vec<_>>().as_slice())
}

fn values(tensor: &Tensor) -> Vec<f64> {
    Vec::try_from(tensor.contiguous().view(-1)).unwrap()
}

fn leaf(theta: &[f64]) -> Tensor {
    tensor(theta, &[theta.len()]).set_requires_grad(true)
}

fn gradient(root: &Tensor, input: &Tensor) -> Tensor {
    let gradient = Tensor::run_backward(&[root], &[input], true, true).remove(0);
    if gradient.defined() { gradient } else { input.zeros_like() }
}

/// `(H v)` by a second backward pass; zero where the gradient does not depend on the parameters.
fn product(gradient_: &Tensor, input: &Tensor, v: &[f64]) -> Tensor {
    gradient(&(gradient_ * tensor(v, &[v.len()])).sum(None), input)
}

fn torch_surrogate(spec: &PolicySpec, theta: &Tensor, rows: &Rows<'_>) -> Tensor {
    let n = rows.len();
    let d = distribution(spec, theta, &tensor(rows.observations, &[1, n, spec.observation_size])).unwrap();
    let lp = log_prob(&d.mean, &d.log_std, &tensor(rows.actions, &[1, n, spec.action_size])).unwrap();
    ((lp - tensor(rows.log_probs, &[1, n])).exp() * tensor(rows.coefficients, &[1, n])).sum(None)
}

fn torch_kl(spec: &PolicySpec, old: &[f64], theta: &Tensor, observations: &[f64], weight: f64) -> Tensor {
    let n = observations.len() / spec.observation_size;
    let observations = tensor(observations, &[1, n, spec.observation_size]);
    let old = distribution(spec, &tensor(old, &[old.len()]), &observations).unwrap();
    let new = distribution(spec, theta, &observations).unwrap();
    kl(&old.mean, &old.log_std, &new.mean, &new.log_std).unwrap().sum(Kind::Double) * weight
}

#[test]
fn surrogate_gradient_and_hvp_equal_autograd() {
    let mut largest_ratio: f64 = 0.0;
    let mut worst = [0.0_f64; 3];
    cases(|spec, fused, theta, data, draws| {
        let (mut ws, rows, p) = (fused.workspace(), data.rows(), theta.len());
        let v = draws.normals(p);
        let leaf = leaf(theta);
        let root = torch_surrogate(spec, &leaf, &rows);
        let want_gradient = gradient(&root, &leaf);
        let want_product = product(&want_gradient, &leaf, &v);
        let (mut got_gradient, mut got_product) = (vec![f64::NAN; p], vec![f64::NAN; p]);
        let value = fused.surrogate_gradient(&mut ws, theta, &rows, &mut got_gradient);
        fused.surrogate_hvp(&mut ws, theta, &rows, &v, &mut got_product);
        assert_eq!(value, fused.surrogate(&mut ws, theta, &rows));
        let terms = rows.coefficients.iter().map(|c| c.abs()).sum::<f64>();
        let errors = [
            (value - root.double_value(&[])).abs() / terms.max(value.abs()),
            relative(&got_gradient, &values(&want_gradient)),
            relative(&got_product, &values(&want_product)),
        ];
        for (worst, error) in worst.iter_mut().zip(errors) {
            assert!(error < GATE, "{spec:?} {errors:?}");
            *worst = worst.max(error);
        }
        if theta[spec.log_std().start] < spec.log_std_min {
            assert_eq!((got_gradient[spec.log_std().start], got_product[spec.log_std().start]), (0.0, 0.0));
        }
        let mut log_probs = vec![0.0; rows.len()];
        fused.log_probs(&mut ws, theta, rows.observations, rows.actions, &mut log_probs);
        for (new, old) in log_probs.iter().zip(rows.log_probs) {
            largest_ratio = largest_ratio.max((new - old).exp());
        }
    });
    assert!(largest_ratio > 1e3, "the wild cases are tame: {largest_ratio}");
    report("surrogate value, gradient, HVP", &worst);
}

/// The rate of a Hessian-vector product, against automatic differentiation and against differences of the product.
#[test]
fn the_third_derivative_equals_autograd_and_differences() {
    let mut worst = [0.0_f64; 3];
    cases(|spec, fused, theta, data, draws| {
        let (mut ws, rows, p) = (fused.workspace(), data.rows(), theta.len());
        let [u, v, y] = [0, 1, 2].map(|_| draws.normals(p));
        let (mut prepared, mut along_u, mut along_v) =
            (fused.prepared_surrogate(), fused.rate_tape(), fused.rate_tape());
        let (mut got, mut hu, mut hv) = (vec![0.0; p], vec![0.0; p], vec![0.0; p]);
        fused.prepare_surrogate(&mut ws, theta, &rows, &mut prepared, &mut got);
        fused.prepared_hvp_taping(&mut ws, &prepared, &u, &mut hu, &mut along_u);
        fused.prepared_hvp_taping(&mut ws, &prepared, &v, &mut hv, &mut along_v);
        let mut plain = vec![0.0; p];
        fused.surrogate_hvp(&mut ws, theta, &rows, &u, &mut plain);
        assert_eq!(hu, plain);
        fused.prepared_third(&mut ws, &prepared, (&u, &along_u), (&v, &along_v), &y, &mut got);
        let mut exchanged = vec![0.0; p];
        fused.prepared_third(&mut ws, &prepared, (&v, &along_v), (&u, &along_u), &y, &mut exchanged);

        let leaf = leaf(theta);
        let root = gradient(&torch_surrogate(spec, &leaf, &rows), &leaf);
        let curved = product(&root, &leaf, &u);
        let want: Vec<f64> = values(&product(&curved, &leaf, &v))
            .iter()
            .zip(values(&product(&root, &leaf, &y)))
            .map(|(third, second)| third + second)
            .collect();
        let errors = [relative(&got, &want), relative(&exchanged, &got)];
        for (worst, error) in worst.iter_mut().zip(errors) {
            assert!(error < GATE, "{spec:?} {errors:?}");
            *worst = worst.max(error);
        }
        if spec.activation == Activation::Relu {
            return; // a difference may step over a kink
        }
        let mut at = |step: f64| {
            let moved: Vec<f64> = theta.iter().zip(&v).map(|(x, v)| x + step * v).collect();
            let mut product = vec![0.0; p];
            fused.surrogate_hvp(&mut ws, &moved, &rows, &u, &mut product);
            product
        };
        let h = 2e-4 / v.iter().map(|x| x * x).sum::<f64>().sqrt();
        let (a, b, c, d) = (at(-2.0 * h), at(-h), at(h), at(2.0 * h));
        let mut hy = vec![0.0; p];
        fused.surrogate_hvp(&mut ws, theta, &rows, &y, &mut hy);
        let rate = |i: usize| (a[i] - 8.0 * b[i] + 8.0 * c[i] - d[i]) / (12.0 * h) + hy[i];
        let error = relative(&got, &(0..p).map(rate).collect::<Vec<_>>());
        assert!(error < 1e-5, "{spec:?} {error}");
        worst[2] = worst[2].max(error);
    });
    report("third derivative: autograd, exchange, differences", &worst);
}

#[test]
fn kl_and_the_fisher_product_equal_autograd() {
    let mut worst = [0.0_f64; 3];
    cases(|spec, fused, theta, data, draws| {
        let (mut ws, p, obs) = (fused.workspace(), theta.len(), &data.observations);
        let weight = 0.37;
        let old: Vec<f64> = theta.iter().map(|x| x + 0.1 * draws.normal()).collect();
        let mut mean_old = vec![f64::NAN; data.log_probs.len() * spec.action_size];
        fused.distribution(&mut ws, &old, obs, &mut mean_old);
        let log_std_old = &old[spec.log_std()];
        let leaf_ = leaf(theta);
        let root = torch_kl(spec, &old, &leaf_, obs, weight);
        let value = fused.kl(&mut ws, theta, obs, &mean_old, log_std_old, weight);

        let v = draws.normals(p);
        let at_equality = torch_kl(spec, theta, &leaf_, obs, weight);
        let want_fisher = product(&gradient(&at_equality, &leaf_), &leaf_, &v);
        let mut fisher = vec![f64::NAN; p];
        fused.fisher_product(&mut ws, theta, obs, weight, &v, &mut fisher);
        fused.distribution(&mut ws, theta, obs, &mut mean_old);
        assert_eq!(fused.kl(&mut ws, theta, obs, &mean_old, &theta[spec.log_std()], weight), 0.0);
        let d = distribution(spec, &leaf_, &tensor(obs, &[1, data.log_probs.len(), spec.observation_size])).unwrap();
        let errors = [
            relative(&[value], &[root.double_value(&[])]),
            relative(&fisher, &values(&want_fisher)),
            relative(&mean_old, &values(&d.mean)),
        ];
        for (worst, error) in worst.iter_mut().zip(errors) {
            assert!(error < GATE, "{spec:?} {errors:?}");
            *worst = worst.max(error);
        }
    });
    report("KL, Fisher product, means", &worst);
}

/// A meta-gradient of the size that `xmrl bench hvp` times: 20-64-64-6, descent on `-mean(ratio A)`, rate 0.1.
#[test]
fn a_maml_gradient_chains_the_fused_products() {
    let spec = spec(&[20, 64, 64, 6], Activation::Tanh);
    let (tasks, b, rate) = (3, 100, 0.1);
    let mut draws = Draws(5);
    let theta = parameters(&spec, &mut draws);
    let p = theta.len();
    assert_eq!(p, 5900);
    let fused = Fused::new(&spec).unwrap();
    let mut ws = fused.workspace();
    let leaf = leaf(&theta);
    let (mut got, mut objective) = (vec![0.0; p], Tensor::from(0.0_f64));
    for _ in 0..tasks {
        let mut set = || {
            let mut data = Data::new(&spec, &theta, b, 0.1, &mut draws);
            data.coefficients.iter_mut().for_each(|c| *c /= b as f64);
            data
        };
        let (inner, outer) = (set(), set());
        let adapted = &leaf + gradient(&torch_surrogate(&spec, &leaf, &inner.rows()), &leaf) * rate;
        objective -= torch_surrogate(&spec, &adapted, &outer.rows()) / f64::from(tasks);

        let mut prepared = fused.prepared_surrogate();
        let (mut step, mut descent, mut moved) = (vec![0.0; p], vec![0.0; p], vec![0.0; p]);
        fused.prepare_surrogate(&mut ws, &theta, &inner.rows(), &mut prepared, &mut step);
        let adapted: Vec<f64> = theta.iter().zip(&step).map(|(x, g)| x + rate * g).collect();
        fused.surrogate_gradient(&mut ws, &adapted, &outer.rows(), &mut descent);
        fused.prepared_hvp(&mut ws, &prepared, &descent, &mut moved);
        for i in 0..p {
            got[i] -= (descent[i] + rate * moved[i]) / f64::from(tasks);
        }
    }
    let error = relative(&got, &values(&gradient(&objective, &leaf)));
    assert!(error < GATE, "{error}");
    report("MAML gradient", &[error]);
}

/// Figures for the log of `cargo test -- --nocapture`.
#[expect(clippy::print_stdout, reason = "a test's report")]
fn report(what: &str, errors: &[f64]) {
    let errors: Vec<String> = errors.iter().map(|error| format!("{error:.1e}")).collect();
    println!("{what}: {}", errors.join(", "));
}
