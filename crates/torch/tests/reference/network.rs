//! The libtorch network and Gaussian against plain scalar loops and closed forms.

use tch::{Device, Kind, Tensor};
use xmrl_policy::Activation;
use xmrl_torch::{TorchError, distribution, effective_log_std, kl, log_prob, means};

use crate::policies::{Draws, parameters, reference_log_prob, reference_mean, relative, spec};

fn tensor(values: &[f64], shape: &[i64]) -> Tensor {
    Tensor::from_slice(values).view(shape)
}

fn values(tensor: &Tensor) -> Vec<f64> {
    Vec::try_from(tensor.to_kind(Kind::Double).contiguous().view(-1)).unwrap()
}

#[test]
fn means_and_log_probs_equal_scalar_loops() {
    let (tasks, rows) = (3, 5);
    for (sizes, activation) in
        [(vec![3, 5, 7, 2], Activation::Tanh), (vec![4, 9, 2], Activation::Relu), (vec![2, 3], Activation::Tanh)]
    {
        let spec = spec(&sizes, activation);
        let (s, a, p) = (spec.observation_size, spec.action_size, spec.parameters());
        let mut draws = Draws(1);
        let mut params: Vec<f64> = (0..tasks).flat_map(|_| parameters(&spec, &mut draws)).collect();
        params[p - 1] = -4.0; // below the bound
        let (obs, act) = (draws.normals(tasks * rows * s), draws.normals(tasks * rows * a));
        for shared in [false, true] {
            let of = |task: usize| {
                if shared { &params[..p] } else { &params[task * p..(task + 1) * p] }
            };
            let theta = if shared { tensor(of(0), &[p as i64]) } else { tensor(&params, &[tasks as i64, p as i64]) };
            let observations = tensor(&obs, &[tasks as i64, rows as i64, s as i64]);
            let actions = tensor(&act, &[tasks as i64, rows as i64, a as i64]);
            let d = distribution(&spec, &theta, &observations).unwrap();
            let lp = log_prob(&d.mean, &d.log_std, &actions).unwrap();
            assert_eq!(lp.size(), [tasks as i64, rows as i64]);
            let (mut want_mean, mut want_lp) = (Vec::new(), Vec::new());
            for row in 0..tasks * rows {
                let (o, x) = (&obs[row * s..(row + 1) * s], &act[row * a..(row + 1) * a]);
                want_mean.extend(reference_mean(&spec, of(row / rows), o));
                want_lp.push(reference_log_prob(&spec, of(row / rows), o, x));
            }
            assert!(relative(&values(&d.mean), &want_mean) < 1e-14);
            assert!(relative(&values(&lp), &want_lp) < 1e-13);
            let single = means(&spec, &theta.to_kind(Kind::Float), &observations.to_kind(Kind::Float)).unwrap();
            assert_eq!(single.kind(), Kind::Float);
            assert!(relative(&values(&single), &want_mean) < 1e-6);
        }
    }
}

#[test]
fn the_kl_equals_its_integral() {
    // Midpoint rule over +-12 standard deviations for one dimension; two equal dimensions give twice as much.
    let (m0, s0, m1, s1) = (0.3_f64, -0.4_f64, -0.2_f64, 0.1_f64);
    let density = |x: f64, m: f64, s: f64| -0.5 * ((x - m) / s.exp()).powi(2) - s - 0.5 * std::f64::consts::TAU.ln();
    let (n, low, high) = (20_000, m0 - 12.0 * s0.exp(), m0 + 12.0 * s0.exp());
    let dx = (high - low) / f64::from(n);
    let mut divergence = 0.0;
    for k in 0..n {
        let x = low + (f64::from(k) + 0.5) * dx;
        let (p, q) = (density(x, m0, s0), density(x, m1, s1));
        divergence += p.exp() * (p - q) * dx;
    }
    let two = |x: f64| tensor(&[x, x], &[2]);
    let got = kl(&two(m0).view([1, 1, 2]), &two(s0), &two(m1).view([1, 1, 2]), &two(s1)).unwrap();
    assert!((values(&got)[0] - 2.0 * divergence).abs() < 1e-12);
}

#[test]
fn the_floor_has_no_gradient_below() {
    let spec = spec(&[1, 3], Activation::Tanh); // the bound is -1
    let params = tensor(&[0.0, 0.0, 0.0, 0.0, 0.0, 0.0, -1.5, -1.0, -0.5], &[9]).set_requires_grad(true);
    let total = effective_log_std(&spec, &params).unwrap().sum(None);
    assert_eq!(total.double_value(&[]), -2.5);
    let gradient = &Tensor::run_backward(&[total], &[&params], false, false)[0];
    assert_eq!(values(gradient)[6..], [0.0, 1.0, 1.0]);
}

#[test]
fn wrong_tensors_are_errors() {
    let spec = spec(&[3, 4, 2], Activation::Tanh);
    let p = spec.parameters() as i64;
    let zeros = |shape: &[i64]| Tensor::zeros(shape, (Kind::Double, Device::Cpu));
    let message = |params: Tensor, obs: Tensor| means(&spec, &params, &obs).unwrap_err().to_string();
    assert!(message(zeros(&[p + 1]), zeros(&[1, 2, 3])).contains(&format!("P = {p}")));
    assert!(message(zeros(&[2, p]), zeros(&[3, 2, 3])).contains("expected [2,R,3]"));
    assert!(message(zeros(&[p]), zeros(&[3, 2, 4])).contains("expected [N,R,3]"));
    assert!(message(Tensor::zeros([p], (Kind::Int64, Device::Cpu)), zeros(&[1, 2, 3])).contains("Int64"));
    let float = means(&spec, &zeros(&[p]), &Tensor::zeros([1, 2, 3], (Kind::Float, Device::Cpu)));
    assert!(matches!(float, Err(TorchError::Torch { message }) if !message.contains('\n')));
}
