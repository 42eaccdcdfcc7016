//! The shape of a policy and the layout of its flat parameter vector.

use std::ops::Range;

use crate::PolicyError;

/// The nonlinearity after every hidden layer; the output layer is linear.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Activation {
    /// `tanh(x)`.
    Tanh,
    /// `max(x, 0)`, derivative 0 at 0.
    Relu,
}

/// A diagonal Gaussian policy, `a ~ N(mlp(s), diag(exp(2 * log_std)))`, with a state-independent log-std.
///
/// Parameters are one flat vector `[P]`: for each layer its weight `[inputs, outputs]`, row-major (`x @ W + b`), then its
/// bias `[outputs]`; after the last layer `log_std [A]`. The log-std in force is `max(log_std, log_std_min)`, and its
/// derivative below the bound is 0.
#[derive(Debug, Clone, PartialEq)]
pub struct PolicySpec {
    /// S, entries of an observation.
    pub observation_size: usize,
    /// A, entries of an action.
    pub action_size: usize,
    /// Units of each hidden layer; empty makes a linear policy.
    pub hidden: Vec<usize>,
    /// The nonlinearity of the hidden layers.
    pub activation: Activation,
    /// The initial log-std (recipe of the planar drone: -0.3).
    pub log_std_init: f64,
    /// The lower bound of the log-std in force (recipe of the planar drone: -2.3).
    pub log_std_min: f64,
}

/// One affine map of the network: where its weight and bias lie in the flat vector.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layer {
    /// Entries of its input.
    pub inputs: usize,
    /// Entries of its output.
    pub outputs: usize,
    /// The weight `[inputs, outputs]`, row-major.
    pub weight: Range<usize>,
    /// The bias `[outputs]`.
    pub bias: Range<usize>,
}

impl PolicySpec {
    /// Checks the spec itself.
    ///
    /// # Errors
    /// [`PolicyError::EmptyLayer`] for a size of 0; [`PolicyError::Value`] for a log-std that is not finite, or an initial
    /// one not above the bound (its derivative would be 0 forever).
    pub fn validate(&self) -> Result<(), PolicyError> {
        let sizes = [("observation_size", self.observation_size), ("action_size", self.action_size)];
        if let Some((key, _)) = sizes.iter().find(|(_, size)| *size == 0) {
            return Err(PolicyError::EmptyLayer { key: (*key).to_string() });
        }
        if let Some(index) = self.hidden.iter().position(|&units| units == 0) {
            return Err(PolicyError::EmptyLayer { key: format!("hidden[{index}]") });
        }
        for (key, value) in [("log_std_init", self.log_std_init), ("log_std_min", self.log_std_min)] {
            if !value.is_finite() {
                return Err(PolicyError::Value { key, value, fix: "give a finite number" });
            }
        }
        if self.log_std_init <= self.log_std_min {
            let fix = "it must lie above log_std_min, below which it has no gradient";
            return Err(PolicyError::Value { key: "log_std_init", value: self.log_std_init, fix });
        }
        Ok(())
    }

    /// Checks one parameter vector `[P]` against the spec.
    ///
    /// # Errors
    /// [`PolicyError::Shape`] for a wrong length, [`PolicyError::NonFinite`] for the first NaN or infinity, by name.
    pub fn check_parameters(&self, params: &[f64]) -> Result<(), PolicyError> {
        let expected = self.parameters();
        if params.len() != expected {
            return Err(PolicyError::Shape { name: "params", shape: "[P]", expected, got: params.len() });
        }
        match params.iter().position(|value| !value.is_finite()) {
            Some(index) => Err(PolicyError::NonFinite { parameter: self.parameter_name(index), value: params[index] }),
            None => Ok(()),
        }
    }

    /// The affine layers in order of evaluation.
    #[must_use]
    pub fn layers(&self) -> Vec<Layer> {
        let outputs = self.hidden.iter().copied().chain([self.action_size]);
        let (mut inputs, mut at) = (self.observation_size, 0);
        outputs
            .map(|outputs| {
                let weight = at..at + inputs * outputs;
                let bias = weight.end..weight.end + outputs;
                at = bias.end;
                Layer { inputs: std::mem::replace(&mut inputs, outputs), outputs, weight, bias }
            })
            .collect()
    }

    /// Where `log_std [A]` lies in the flat vector: its last entries.
    #[must_use]
    pub fn log_std(&self) -> Range<usize> {
        let start = self.layers().last().map_or(0, |layer| layer.bias.end);
        start..start + self.action_size
    }

    /// P, the length of the flat parameter vector.
    #[must_use]
    pub fn parameters(&self) -> usize {
        self.log_std().end
    }

    /// The groups of the learned inner rate: one per layer (weight and bias), then one for `log_std`. They tile `0..P`.
    #[must_use]
    pub fn groups(&self) -> Vec<Range<usize>> {
        let layers = self.layers().into_iter().map(|layer| layer.weight.start..layer.bias.end);
        layers.chain([self.log_std()]).collect()
    }

    /// The log-std in force, `max(log_std, log_std_min)`, `[A]`.
    #[must_use]
    pub fn effective_log_std(&self, params: &[f64]) -> Vec<f64> {
        params[self.log_std()].iter().map(|&value| value.max(self.log_std_min)).collect()
    }

    /// The name of one entry of the flat vector, for messages: `W1[3,2]`, `b2[0]`, `log_std[1]`.
    #[must_use]
    pub fn parameter_name(&self, index: usize) -> String {
        for (number, layer) in (1..).zip(self.layers()) {
            if layer.weight.contains(&index) {
                let at = index - layer.weight.start;
                return format!("W{number}[{},{}]", at / layer.outputs, at % layer.outputs);
            }
            if layer.bias.contains(&index) {
                return format!("b{number}[{}]", index - layer.bias.start);
            }
        }
        format!("log_std[{}]", index.saturating_sub(self.log_std().start))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drone() -> PolicySpec {
        PolicySpec {
            observation_size: 4,
            action_size: 2,
            hidden: vec![32, 32],
            activation: Activation::Tanh,
            log_std_init: -0.3,
            log_std_min: -2.3,
        }
    }

    #[test]
    fn the_layout_tiles_the_vector() {
        let spec = drone();
        // 4*32+32 + 32*32+32 + 32*2+2 + 2, counted by hand.
        assert_eq!(spec.parameters(), 1284);
        assert_eq!(spec.log_std(), 1282..1284);
        assert_eq!(spec.groups(), [0..160, 160..1216, 1216..1282, 1282..1284]);
        let layers = spec.layers();
        assert_eq!((layers[1].weight.clone(), layers[1].bias.clone()), (160..1184, 1184..1216));
        assert_eq!(layers.iter().map(|l| (l.inputs, l.outputs)).collect::<Vec<_>>(), [(4, 32), (32, 32), (32, 2)]);
    }

    #[test]
    fn a_linear_policy_has_one_layer() {
        let spec = PolicySpec { hidden: vec![], ..drone() };
        assert_eq!((spec.layers().len(), spec.parameters(), spec.groups().len()), (1, 4 * 2 + 2 + 2, 2));
    }

    #[test]
    fn names_give_the_place() {
        let spec = drone();
        let names = [0, 33, 159, 160 + 32 + 5, 1281, 1283].map(|index| spec.parameter_name(index));
        assert_eq!(names, ["W1[0,0]", "W1[1,1]", "b1[31]", "W2[1,5]", "b3[1]", "log_std[1]"]);
    }

    #[test]
    fn bad_specs_name_the_key() {
        let message = |spec: PolicySpec| spec.validate().unwrap_err().to_string();
        assert!(message(PolicySpec { hidden: vec![8, 0], ..drone() }).contains("policy.hidden[1] is 0"));
        assert!(message(PolicySpec { action_size: 0, ..drone() }).contains("policy.action_size"));
        assert!(message(PolicySpec { log_std_min: f64::NAN, ..drone() }).contains("policy.log_std_min is NaN"));
        assert!(message(PolicySpec { log_std_init: -3.0, ..drone() }).contains("policy.log_std_init is -3"));
        assert_eq!(drone().validate(), Ok(()));
    }

    #[test]
    fn bad_parameters_name_the_entry() {
        let spec = drone();
        let mut params = vec![0.0; 1284];
        assert_eq!(spec.check_parameters(&params), Ok(()));
        params[1283] = f64::INFINITY;
        assert!(spec.check_parameters(&params).unwrap_err().to_string().contains("log_std[1] is inf"));
        assert!(spec.check_parameters(&params[1..]).unwrap_err().to_string().contains("1283 entries"));
    }

    #[test]
    fn the_bound_holds_from_below_only() {
        let spec = drone();
        let mut params = vec![0.0; 1284];
        params[1282..].copy_from_slice(&[-9.0, 0.5]);
        assert_eq!(spec.effective_log_std(&params), [-2.3, 0.5]);
    }
}
