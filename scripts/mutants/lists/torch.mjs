// Mutants of crates/torch: a trust-region step whose vectors stay on the device, and what of a sum of products crosses.
const place = (/** @type {string} */ file, /** @type {string[]} */ ...tests) => ({ file: `crates/torch/src/${file}.rs`, tests })
const ASCENT = 'xmrl-torch:reference ascent'

export const TORCH = [
  {
    name: 'libtorch: the penalty of a Gaussian in the gradient once, whatever the weights sum to',
    why: 'every surrogate carries it, so a weighted sum carries it as often as its weights say',
    ...place('over', ASCENT),
    from: 'f_mul_scalar(«total * of.weight»)',
    to: 'of.weight'
  },
  {
    name: 'libtorch: a product with J^T by the noise alone',
    why: 'the meta vector moves by sigma times it',
    ...place('over', ASCENT),
    from: 'let spread = z.f_mul(«&of.slope»)?;',
    to: '&of.noise'
  },
  {
    name: 'libtorch: candidates of a Gaussian are not penalised',
    why: 'the line search would take steps away from the prior',
    ...place('ascent', ASCENT),
    from: '|surrogate| *surrogate -= «penalty»);\n        Ok(value)',
    to: '0.0'
  },
  {
    name: 'libtorch: weights of the first tasks for every chunk of them',
    why: 'a chunk of later tasks would be summed by the weights of others',
    ...place('chunk', ASCENT),
    from: 'weights.f_narrow(0, «self.tasks.start as i64», self.len())',
    to: '0'
  },
  {
    name: 'libtorch: a sum of products that is not finite passes',
    why: 'it would end in an explanation',
    ...place('problem', ASCENT),
    changes: [
      { from: 'if «sum.iter().any(|entry| !entry.is_finite())» {', to: 'false' },
      { from: 'check_finite(Stage::Curvature, None, "Hessian-vector product", «&sum»)?;', to: '&[0.0]' }
    ]
  }
]
