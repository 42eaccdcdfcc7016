//! Rung 2 of the verification ladder: surrogates against the exact derivatives of a tabular process.
//!
//! Every episode is enumerated and weighted with its probability under the behaviour policy, so an expectation has no
//! sampling error; the truth is hyper-dual backward induction, which enumerates nothing.

use tch::{Device, Kind, Tensor};
use xmrl_oracle::mdp::TabularMdp;
use xmrl_oracle::{Random, relative_error};
use xmrl_torch::{Hvp, leaf, to_tensor, to_vec};

/// `[K]` episodes, `[T]` steps: row-major `[K, T]` host tables of one exact data set.
struct Episodes {
    count: i64,
    steps: i64,
    pairs: Vec<i64>,
    rewards: Vec<f64>,
    to_go: Vec<f64>,
    probability: Vec<f64>,
}

fn exact(mdp: &TabularMdp, behaviour: &[f64]) -> Episodes {
    let all = mdp.enumerate();
    Episodes {
        count: all.len() as i64,
        steps: mdp.horizon as i64,
        pairs: all.iter().flat_map(|e| e.steps.iter().map(|(s, a, _)| (s * mdp.actions + a) as i64)).collect(),
        rewards: all.iter().flat_map(|e| e.steps.iter().map(|step| step.2)).collect(),
        to_go: all.iter().flat_map(xmrl_oracle::mdp::Trajectory::returns_to_go).collect(),
        probability: all.iter().map(|e| mdp.probability(behaviour, e)).collect(),
    }
}

/// Gradient and Hessian `[P, P]` at `theta` of `sum_e p_e sum_t f(log pi, log b)_{e,t}`, with `log b` stored.
fn derivatives(
    mdp: &TabularMdp,
    data: &Episodes,
    behaviour: &[f64],
    theta: &[f64],
    per_step: impl Fn(&Tensor, &Tensor) -> Tensor,
) -> (Vec<f64>, Vec<f64>) {
    let n = mdp.parameters();
    let shape = [mdp.states as i64, mdp.actions as i64];
    let pick = |logits: &Tensor| {
        let table = logits.reshape(shape).log_softmax(-1, Kind::Double).reshape([-1]);
        table.index_select(0, &Tensor::from_slice(&data.pairs)).reshape([data.count, data.steps])
    };
    let tensor = leaf(theta, Kind::Double, Device::Cpu).unwrap();
    let stored = pick(&Tensor::from_slice(behaviour));
    let values = per_step(&pick(&tensor), &stored).sum_dim_intlist([-1i64].as_slice(), false, Kind::Double);
    let expectation = (values * Tensor::from_slice(&data.probability)).sum(Kind::Double);
    let hvp = Hvp::new(&expectation, &tensor).unwrap();
    let mut hessian = vec![0.0; n * n];
    for j in 0..n {
        let unit: Vec<f64> = (0..n).map(|k| f64::from(k == j)).collect();
        let column = to_vec(&hvp.apply(&Tensor::from_slice(&unit)).unwrap()).unwrap();
        hessian[j * n..(j + 1) * n].copy_from_slice(&column);
    }
    (to_vec(hvp.gradient()).unwrap(), hessian)
}

fn table(data: &Episodes, values: &[f64]) -> Tensor {
    to_tensor(values, &[data.count, data.steps], Kind::Double, Device::Cpu).unwrap()
}

#[test]
fn dice_is_exact_lvc_has_its_closed_bias_and_log_likelihood_a_wrong_hessian() {
    for seed in 0..3 {
        let mut random = Random::new(30 + seed);
        let mdp = TabularMdp::random(3, 2, 4, &mut random);
        let theta = random.normals(mdp.parameters());
        let data = exact(&mdp, &theta);
        let (gradient, hessian) = mdp.derivatives(&theta);
        let (rewards, to_go) = (table(&data, &data.rewards), table(&data, &data.to_go));

        let dice = |lp: &Tensor, lb: &Tensor| (lp - lb).cumsum(-1, Kind::Double).exp() * &rewards;
        let (g, h) = derivatives(&mdp, &data, &theta, &theta, dice);
        assert!(relative_error(&g, &gradient, 0.0) < 1e-12, "{}", relative_error(&g, &gradient, 0.0));
        assert!(relative_error(&h, &hessian, 0.0) < 1e-12, "{}", relative_error(&h, &hessian, 0.0));

        let lvc = |lp: &Tensor, lb: &Tensor| (lp - lb).exp() * &to_go;
        let (g, h) = derivatives(&mdp, &data, &theta, &theta, lvc);
        assert!(relative_error(&g, &gradient, 0.0) < 1e-12);
        let bias: Vec<f64> = h.iter().zip(&hessian).map(|(a, b)| a - b).collect();
        let closed = mdp.lvc_hessian_bias(&theta);
        assert!(relative_error(&bias, &closed, 0.0) < 1e-11, "{}", relative_error(&bias, &closed, 0.0));
        assert!(relative_error(&h, &hessian, 0.0) > 0.02, "a bias that cannot be seen tests nothing");

        let likelihood = |lp: &Tensor, _: &Tensor| lp * &to_go;
        let (g, h) = derivatives(&mdp, &data, &theta, &theta, likelihood);
        assert!(relative_error(&g, &gradient, 0.0) < 1e-12);
        assert!(relative_error(&h, &hessian, 0.0) > 0.3, "{}", relative_error(&h, &hessian, 0.0));
    }
}

/// With stored behaviour log-probabilities DiCE stays exact away from the behaviour policy too; `exp(lp - lp.detach())` in
/// its place would not notice the move.
#[test]
fn stored_behaviour_keeps_dice_exact_at_a_moved_policy() {
    let mut random = Random::new(40);
    let mdp = TabularMdp::random(3, 2, 3, &mut random);
    let behaviour = random.normals(mdp.parameters());
    let moved: Vec<f64> = behaviour.iter().map(|x| x + 0.5 * random.normal()).collect();
    let data = exact(&mdp, &behaviour);
    let rewards = table(&data, &data.rewards);
    let (gradient, hessian) = mdp.derivatives(&moved);
    let dice = |lp: &Tensor, lb: &Tensor| (lp - lb).cumsum(-1, Kind::Double).exp() * &rewards;
    let (g, h) = derivatives(&mdp, &data, &behaviour, &moved, dice);
    assert!(relative_error(&g, &gradient, 0.0) < 1e-12 && relative_error(&h, &hessian, 0.0) < 1e-12);
    let forgetful = |lp: &Tensor, _: &Tensor| (lp - lp.detach()).cumsum(-1, Kind::Double).exp() * &rewards;
    let (g, _) = derivatives(&mdp, &data, &behaviour, &moved, forgetful);
    assert!(relative_error(&g, &gradient, 0.0) > 0.05);
}
