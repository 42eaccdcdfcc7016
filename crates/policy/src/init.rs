//! The first parameters of a policy.

use crate::PolicySpec;

/// Scale of the last layer's weight: small first means, so the first episodes are the noise's.
const LAST_LAYER_SCALE: f64 = 0.1;

/// Fresh parameters `[P]`: weights `N(0, 1/inputs)`, the last layer's times 0.1, biases 0, log-std `spec.log_std_init`.
///
/// `normal` gives independent standard normals, one per weight in the order of the flat vector; the result depends on
/// nothing else.
pub fn initial_parameters(spec: &PolicySpec, mut normal: impl FnMut() -> f64) -> Vec<f64> {
    let mut params = vec![0.0; spec.parameters()];
    let layers = spec.layers();
    for (index, layer) in layers.iter().enumerate() {
        let last = if index + 1 == layers.len() { LAST_LAYER_SCALE } else { 1.0 };
        let scale = last / (layer.inputs as f64).sqrt();
        params[layer.weight.clone()].fill_with(|| scale * normal());
    }
    params[spec.log_std()].fill(spec.log_std_init);
    params
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Activation;

    #[test]
    fn every_entry_has_its_scale() {
        let spec = PolicySpec {
            observation_size: 4,
            action_size: 2,
            hidden: vec![9],
            activation: Activation::Relu,
            log_std_init: -0.3,
            log_std_min: -2.3,
        };
        let mut draws = 0;
        let params = initial_parameters(&spec, || {
            draws += 1;
            f64::from(draws)
        });
        assert_eq!(draws, 4 * 9 + 9 * 2);
        assert_eq!((params[0], params[35]), (0.5, 18.0)); // 1/sqrt(4), draws 1 and 36
        assert!(params[36..45].iter().all(|&bias| bias == 0.0));
        assert!((params[45] - 37.0 * 0.1 / 3.0).abs() < 1e-14); // 0.1/sqrt(9), draw 37
        assert_eq!(params[63..], [0.0, 0.0, -0.3, -0.3]);
    }
}
