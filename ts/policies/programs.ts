/**
 * What other programs call the tensors of a policy: names as their modules' `state_dict` gives them.
 *
 * Stable-Baselines3 2.9 (`common/policies.py`, `common/torch_layers.py`, `sac/policies.py`; shared layers as until 1.8), CleanRL of 2026
 * (`ppo_continuous_action.py`, `sac_continuous_action.py`, `td3_continuous_action.py`), pytorch-maml-rl 21d4ba1 (`normal_mlp.py`).
 */

/** Weights of affine layers in order of evaluation: one `nn.Sequential` or numbered list after the other, and single layers. */
export interface Program {
  name: string
  /** Runs of layers `<prefix><n><suffix>.weight`, or single layers without a number; in order of evaluation. */
  parts: readonly Part[]
  /** The log standard deviations. */
  logStd: string
  /** What follows hidden layers unless its user asked for something else, for the error that asks. */
  usually: string
}

/** A part: several layers that are told apart by a number, or one. */
export type Part = { prefix: string; optional?: true } | { layer: string }

/** Programs whose policies fit, most particular first. A lone `nn.Sequential` is found without this list. */
export const programs: readonly Program[] = [
  {
    name: 'Stable-Baselines3',
    parts: [
      { prefix: 'mlp_extractor.shared_net.', optional: true },
      { prefix: 'mlp_extractor.policy_net.', optional: true },
      { layer: 'action_net' }
    ],
    logStd: 'log_std',
    usually: 'its PPO and A2C have tanh unless policy_kwargs says otherwise'
  },
  { name: 'CleanRL', parts: [{ prefix: 'actor_mean.' }], logStd: 'actor_logstd', usually: 'its PPO has tanh' },
  {
    name: 'pytorch-maml-rl',
    parts: [{ prefix: 'layer', optional: true }, { layer: 'mu' }],
    logStd: 'sigma',
    usually: 'its configurations say nonlinearity'
  }
]

/** Tensors that no policy needs to act, and what they are. */
export const critics: readonly { pattern: RegExp; what: string }[] = [
  { pattern: /^(.*\.)?(value_net|vf|value|v|critic\d*|qf\d*|q_net\d*|q\d+|baseline)([._].*)?$/, what: 'a value network' },
  { pattern: /^(.*\.)?(vf_features_extractor|critic_target|actor_target|target_network|qf\d*_target)\..*$/, what: 'a value network' }
]

/** Policies that are not ours whatever the layout says: a tensor that shows it, and why. */
export const others: readonly { pattern: RegExp; why: string }[] = [
  {
    pattern: /^(actor\.)?(log_std|fc_logstd)\.(weight|bias)$/,
    why: 'its deviations depend on the observation and its actions are squashed (SAC); a policy here has one deviation an action'
  },
  { pattern: /^actor\.mu\.\d+\.(weight|bias)$/, why: 'it is deterministic and its actions are squashed (TD3, DDPG)' },
  { pattern: /^(.*\.)?fc_mu\.(weight|bias)$/, why: 'it is deterministic and its actions are squashed (TD3, DDPG)' },
  { pattern: /^(.*\.)?features_extractor\..+$/, why: 'a network of its own reads the observation first (features_extractor)' },
  { pattern: /^(.*\.)?(lstm_actor|lstm|gru|rnn)\..+$/, why: 'it is recurrent' }
]

/** Statistics of observations under names that are told: mean, then variance or standard deviation; what is added before the root. */
export const statistics: readonly { mean: string; variance?: string; std?: string; epsilon: number }[] = [
  { mean: 'obs_rms.mean', variance: 'obs_rms.var', epsilon: 1e-8 },
  { mean: 'rms.mean', variance: 'rms.var', epsilon: 1e-8 },
  { mean: 'obs_mean', variance: 'obs_var', epsilon: 1e-8 },
  { mean: 'obs_mean', std: 'obs_std', epsilon: 1e-8 },
  { mean: 'running_mean_std.running_mean', variance: 'running_mean_std.running_var', epsilon: 1e-5 }
]

/** Names of what may be statistics of observations. */
export const LIKE_STATISTICS = /(^|[._])(obs_?rms|rms|running_(mean|var)|obs_(mean|var|std)|normali[sz]\w*|mean_std)([._]|$)/

/** Names that log standard deviations have beside a lone `nn.Sequential`. */
export const LOG_STD = /^(.*[._])?(log_?std|log_?sigma|sigma|logstd|log_?scale)$/
