// Mutants of roll-outs on a card: the episode of a thread, what a launch is given and leaves, waits and failures of the driver, and the
// interpreter and the double of the driver that prove them where there is no card.
const kernels = (/** @type {string} */ file, /** @type {string[]} */ ...filters) => ({
  file: `crates/kernels/src/${file}.rs`,
  tests: [['xmrl-kernels:episodes', ...filters].join(' ')]
})
const cuda = (/** @type {string} */ file, /** @type {string[]} */ ...filters) => ({
  file: `crates/cuda/src/${file}.rs`,
  tests: [['xmrl-cuda:bits', ...filters].join(' ')]
})
const faults = (/** @type {string} */ file) => ({ file: `crates/cuda/src/${file}.rs`, tests: ['xmrl-cuda:faults'] })
const emulator = (/** @type {string} */ file, /** @type {string[]} */ ...filters) => ({
  file: `crates/emulator/src/${file}.rs`,
  tests: [['xmrl-emulator:suite', ...filters].join(' ')]
})
const PLANAR = 'the_planar_drone'
const BROKEN = 'what_is_not_finite'
const PIECES = 'the_planar_drone'

export const GPU = [
  {
    name: 'kernel: noise by the place of a task in its batch',
    why: 'a task would have other noise in every batch',
    ...kernels('episode', PLANAR),
    from: 'normals_lanes(«task_id», a.first_episode',
    to: 'task_index as u32 + 0 * task_id'
  },
  {
    name: 'kernel: noise of the first episodes for all that follow',
    why: 'a second part of the same episodes would be flown on the numbers of the first',
    ...kernels('episode', PLANAR),
    from: 'a.first_episode.wrapping_add(episode as u32)',
    to: 'episode as u32'
  },
  {
    name: 'kernel: states after the steps',
    why: 'what is mixed are the states in which actions were taken',
    ...kernels('episode', PLANAR),
    changes: [
      { from: 'if «a.flags & Arguments::STATES != 0» {\n                for', to: 'false' },
      {
        from: 'let success: P = carried(outcome.success);',
        to: 'let success: P = carried(outcome.success);\n            if crate::xmrl_mutants::on("kernel: states after the steps") && a.flags & Arguments::STATES != 0 { for (at, x) in state.iter().enumerate() { self.put(a.states, step as usize * state.len() + at, x.get(0)); } }',
        form: 'always'
      }
    ]
  },
  {
    name: 'kernel: the step that ends an episode is no row',
    why: 'what a fall costs would not be learnt from',
    ...kernels('episode', 'the_walker'),
    from: 'notes.length += 1;',
    to: 'notes.length += u32::from(!P::any_lt(P::splat(0.5), terminated));'
  },
  {
    name: 'kernel: an arrival is no success',
    why: 'a policy that arrives would be judged as one that does not',
    ...kernels('episode', 'an_arrival_ends'),
    from: 'notes.ends |= Arguments::SUCCESS;',
    to: ''
  },
  {
    name: 'cuda: an end by the rules is a success',
    why: 'falling over would count as arriving',
    ...cuda('rows', 'the_walker'),
    from: 'success: ends & «Arguments::SUCCESS» != 0',
    to: '(Arguments::SUCCESS | Arguments::TERMINATED)'
  },
  {
    name: 'kernel: a state that no world can go on from is not marked',
    why: 'numbers without meaning would be learnt from',
    ...kernels('episode', BROKEN),
    from: '(«broken», Arguments::BROKEN_STATE)',
    to: 'false & broken'
  },
  {
    name: 'kernel: an observation that is no number is called an action',
    why: 'the error would send people to the policy',
    ...kernels('episode', BROKEN),
    from: '(notes.observation.get(0) != 0.0, «Arguments::BROKEN_OBSERVATION»)',
    to: 'Arguments::BROKEN_ACTION'
  },
  {
    name: 'kernel: rewards that are no numbers are not marked',
    why: 'they would end in a gradient',
    ...kernels('episode', BROKEN),
    from: 'notes.reward = «reward.mul_add(zero, notes.reward)»',
    to: 'notes.reward'
  },
  {
    name: 'kernel: rules of the first preset',
    why: 'every body would run by the rewards of one preset',
    ...kernels('families', 'the_cheetah'),
    from: 'arguments.preset\n',
    to: '0 * arguments.preset'
  },
  {
    name: 'cuda: nobody waits for a launch',
    why: 'its failure would be told as that of a copy, and its memory given back under it',
    ...faults('device'),
    from: 'code = unsafe { (driver.synchronize)() };',
    to: ''
  },
  {
    name: 'cuda: what a launch held is never given back',
    why: 'the card would be full after some hundred iterations',
    ...faults('buffer'),
    from: 'unsafe { (driver.free)(self.address) };',
    to: ''
  },
  {
    name: 'cuda: copies are not measured against their buffer',
    why: 'a copy that is too long would write over what lies behind',
    ...faults('buffer'),
    from: 'if «got <= self.bytes» {',
    to: 'got <= self.bytes || true'
  },
  {
    name: 'cuda: the module of another family',
    why: 'kernels that were compiled once are kept by what they are for',
    ...cuda('flights', 'one_card_flies_several_families'),
    from: 'modules.get(family)',
    to: 'modules.values().next()'
  },
  {
    name: 'cuda: every piece has the policies of the first tasks',
    why: 'requests that do not fit at once would be flown by the policies of others',
    ...cuda('launch', PIECES),
    from: '&request.params[«piece.first_task * each»..]',
    to: '0'
  },
  {
    name: 'cuda: every piece has the noise of the first',
    why: 'requests that do not fit at once would repeat their noise',
    ...cuda('launch', PIECES),
    from: 'request.first_episode + «piece.first_episode as u32»',
    to: '0'
  },
  {
    name: 'cuda: every piece has the tasks of the first',
    why: 'requests that do not fit at once would fly some tasks twice and others never',
    ...cuda('launch', PIECES),
    from: '&request.tasks[«piece.first_task * sizes.task»..]',
    to: '0'
  },
  {
    name: 'cuda: starts are not among the bytes of an episode',
    why: 'a piece would not fit the memory that it was cut for',
    ...faults('launch'),
    from: '(stated(request) + «1») * sizes.state',
    to: '0'
  },
  {
    name: 'cuda: an error names the task and episode within its piece',
    why: 'the CPU names those of the request, and so must a card',
    ...cuda('rows', 'a_number_that_is_not_finite'),
    from: 'let (task, episode) = («piece.first_task + task», piece.first_episode + episode);',
    to: 'task'
  },
  {
    name: 'emulator: a product that is added to is rounded before',
    why: 'cards do not, and no kernel would be proved',
    ...emulator('arithmetic', 'floats_are_ieee'),
    from: 'a.mul_add(b, c)',
    to: 'a * b + c'
  },
  {
    name: 'emulator: a barrier holds nobody up',
    why: 'threads that must not meet would not be found out',
    ...emulator('run', 'a_barrier'),
    from: 'return Ok(Pause::Barrier);',
    to: ''
  },
  {
    name: 'emulator: an access may reach beyond its allocation',
    why: 'a kernel that writes beside its arrays would pass',
    ...emulator('memory', 'a_thread_that_reaches_beyond'),
    from: '(address - start).saturating_add(«bytes as u64»)',
    to: '0 * bytes as u64'
  },
  {
    name: 'emulator: an access need not be aligned',
    why: 'cards refuse it',
    ...emulator('run', 'a_thread_that_reaches_beyond'),
    from: 'if «at.wrapping_sub(address.before) & address.mask != 0» {',
    to: 'false'
  },
  {
    name: 'emulator: memory that nothing was written to is zeros',
    why: 'a kernel that reads what it never wrote would pass',
    ...emulator('thread', 'local_memory_is_the_frames_own'),
    from: 'self.local.resize(locals + code.local_bytes as usize, «0xFF»)',
    to: '0'
  },
  {
    name: 'emulator: a borrow is lost',
    why: 'numbers of 128 bits would be wrong by 2^64',
    ...emulator('arithmetic', 'carries_go_from'),
    from: 'a < b + carry',
    to: 'a < b'
  }
]
