//! Derivatives through libtorch against finite differences and hyper-dual numbers, in f64.

use tch::{Device, Kind, Tensor};
use xmrl_oracle::{HyperDual, Random, difference, relative_error};
use xmrl_torch::{Hvp, TorchError, grad, grad_weighted, grads, leaf, to_tensor, to_vec, view};

const P: usize = 3 * 4 + 4 + 4;

/// A tanh network `3-4-1` on five fixed inputs, sum of squared outputs: `[P]` to a scalar.
fn network(theta: &Tensor, inputs: &Tensor) -> Result<Tensor, TorchError> {
    let first = view(theta, 0..12, &[3, 4])?;
    let bias = view(theta, 12..16, &[4])?;
    let second = view(theta, 16..20, &[4, 1])?;
    let out = inputs.f_matmul(&first)?.f_add(&bias)?.f_tanh()?.f_matmul(&second)?;
    Ok(out.f_square()?.f_sum(None)?)
}

fn host(x: &[f64]) -> Tensor {
    to_tensor(x, &[x.len() as i64], Kind::Double, Device::Cpu).unwrap()
}

fn gradient_at(theta: &[f64], inputs: &Tensor) -> Vec<f64> {
    let theta = leaf(theta, Kind::Double, Device::Cpu).unwrap();
    to_vec(&grad(&network(&theta, inputs).unwrap(), &theta, false, false).unwrap()).unwrap()
}

#[test]
fn hvp_is_the_central_difference_of_the_gradient_and_symmetric() {
    let mut random = Random::new(20);
    let inputs = to_tensor(&random.normals(15), &[5, 3], Kind::Double, Device::Cpu).unwrap();
    let theta = random.normals(P);
    let tensor = leaf(&theta, Kind::Double, Device::Cpu).unwrap();
    let hvp = Hvp::new(&network(&tensor, &inputs).unwrap(), &tensor).unwrap();
    let gradient = to_vec(hvp.gradient()).unwrap();
    assert!(relative_error(&gradient, &gradient_at(&theta, &inputs), 0.0) < 1e-14);
    let value = |x: &[f64]| network(&host(x), &inputs).unwrap().double_value(&[]);
    assert!(relative_error(&gradient, &difference::gradient(value, &theta, 1e-3), 0.0) < 1e-8);
    for _ in 0..4 {
        let (u, v) = (random.normals(P), random.normals(P));
        let [hu, hv] = [&u, &v].map(|x| to_vec(&hvp.apply(&host(x)).unwrap()).unwrap());
        let truth = difference::along(|x| gradient_at(x, &inputs), &theta, &v, 1e-4);
        assert!(relative_error(&hv, &truth, 0.0) < 1e-6, "{}", relative_error(&hv, &truth, 0.0));
        let (left, right): (f64, f64) =
            (u.iter().zip(&hv).map(|(a, b)| a * b).sum(), v.iter().zip(&hu).map(|(a, b)| a * b).sum());
        assert!((left - right).abs() <= 1e-10 * left.abs().max(1.0), "{left} {right}");
    }
}

#[test]
fn third_order_terms_are_exact() {
    // f = x0 exp(x1) + x1^3 tanh(x0); the derivative of an HVP against hyper-dual second derivatives moved by differences.
    let f = |x: &[HyperDual]| x[0] * x[1].exp() + x[1] * x[1] * x[1] * x[0].tanh();
    let at = [0.7, -0.4];
    let x = leaf(&at, Kind::Double, Device::Cpu).unwrap();
    let (x0, x1) = (x.get(0), x.get(1));
    let value = &x0 * x1.exp() + x1.pow_tensor_scalar(3) * x0.tanh();
    let gradient = grad(&value, &x, true, true).unwrap();
    let v = [0.3, 1.1];
    let product = grad_weighted(&gradient, &host(&v), &x, true, true).unwrap();
    let third = to_vec(&grad_weighted(&product, &host(&v), &x, true, false).unwrap()).unwrap();
    let hessian = HyperDual::hessian(f, &at).1;
    let expected = [hessian[0] * v[0] + hessian[1] * v[1], hessian[2] * v[0] + hessian[3] * v[1]];
    assert!(relative_error(&to_vec(&product).unwrap(), &expected, 0.0) < 1e-14);
    let moved = difference::along(
        |x| {
            let h = HyperDual::hessian(f, x).1;
            vec![h[0] * v[0] + h[1] * v[1], h[2] * v[0] + h[3] * v[1]]
        },
        &at,
        &v,
        1e-3,
    );
    assert!(relative_error(&third, &moved, 0.0) < 1e-10);
}

#[test]
fn inputs_outside_the_graph_have_zero_gradients() {
    let (a, b) =
        (leaf(&[1.0, 2.0], Kind::Double, Device::Cpu).unwrap(), leaf(&[3.0], Kind::Double, Device::Cpu).unwrap());
    let root = a.square().sum(Kind::Double);
    let found = grads(&root, &[&a, &b], false, false).unwrap();
    assert_eq!(to_vec(&found[0]).unwrap(), [2.0, 4.0]);
    assert_eq!(to_vec(&found[1]).unwrap(), [0.0]);
    // A root with no graph at all, and the Hessian of a linear function.
    assert_eq!(to_vec(&grad(&host(&[1.0]), &a, false, false).unwrap()).unwrap(), [0.0, 0.0]);
    let linear = Hvp::new(&(&a * host(&[5.0, 7.0])).sum(Kind::Double), &a).unwrap();
    assert_eq!(to_vec(linear.gradient()).unwrap(), [5.0, 7.0]);
    assert_eq!(to_vec(&linear.apply(&host(&[1.0, 1.0])).unwrap()).unwrap(), [0.0, 0.0]);
}

#[test]
fn mistakes_are_typed_errors() {
    let plain = host(&[1.0, 2.0]);
    let x = leaf(&[1.0, 2.0], Kind::Double, Device::Cpu).unwrap();
    let value = x.square().sum(Kind::Double);
    assert!(matches!(grads(&value, &[&x, &plain], true, false), Err(TorchError::NoGradient { index: 1 })));
    assert!(matches!(
        Hvp::new(&value, &x).unwrap().apply(&host(&[1.0])),
        Err(TorchError::Length { expected: 2, found: 1, .. })
    ));
    assert!(matches!(view(&x, 0..2, &[3]), Err(TorchError::Length { expected: 2, found: 3, .. })));
    assert!(matches!(to_tensor(&[1.0], &[2], Kind::Double, Device::Cpu), Err(TorchError::Length { .. })));
    let freed = x.exp().sum(Kind::Double);
    drop(grad(&freed, &x, false, false).unwrap());
    let error = grad(&freed, &x, false, false).unwrap_err();
    assert!(matches!(error, TorchError::Torch { .. }));
    assert_eq!(error.to_string().lines().count(), 1);
    assert_eq!(
        to_vec(
            &view(&to_tensor(&[1.0, 2.0, 3.0, 4.0], &[2, 2], Kind::Float, Device::Cpu).unwrap(), 1..2, &[1]).unwrap()
        )
        .unwrap(),
        [2.0, 4.0]
    );
}
