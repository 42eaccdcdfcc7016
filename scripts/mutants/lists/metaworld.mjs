// Mutants of Meta-World: what a state holds, what is forgotten between worlds of one room, tasks, rewards; and of libmujoco's rooms.
const needs = '.data/metaworld-3.1.1'
const world = (/** @type {string} */ file, /** @type {string[]} */ ...filters) => ({
  file: `crates/envs/src/worlds/metaworld/${file}.rs`,
  tests: [['xmrl-envs:metaworld', ...filters].join(' ')],
  needs
})
const mujoco = (/** @type {string} */ file, /** @type {string[]} */ ...filters) => ({
  file: `crates/mujoco/src/${file}.rs`,
  tests: [['xmrl-mujoco:lib', ...filters].join(' ')],
  needs
})
const EPISODES = 'episodes_are_those_of_the_package'
const SUCCESSES = 'successes_are_those_of_the_package'
const COMPANY = 'bits_do_not_depend_on_company'
const TASKS = 'tasks_are_those_of_the_package'
const NAMED = 'tasks_and_states_that_are_none'
const MIXTURES = 'mixtures_are_of_one_environment'

export const METAWORLD = [
  {
    name: 'metaworld: the warm start is not part of a state',
    why: 'an episode that is gone on with would be another from its last bits on',
    ...world('arm', COMPANY),
    from: 'self.room.warm_start_mut().copy_from_slice(&rest[3..3 + facts.velocities]);',
    to: ''
  },
  {
    name: 'metaworld: a body stands where the world before left it',
    why: 'threads share rooms: a door would stand where another task has it',
    ...world('stage', COMPANY),
    from: 'arm.room.place(start.moved);',
    to: ''
  },
  {
    name: 'metaworld: a start begins where the room is',
    why: 'a start is a function of its task alone',
    ...world('start', 'a_start_does_not_depend'),
    from: 'arm.room.reset()?;',
    to: ''
  },
  {
    name: 'metaworld: the hand goes to its start in one env step less',
    why: "starts are the package's to the bit",
    ...world('start', EPISODES),
    from: '0..APPROACH',
    to: '1..APPROACH'
  },
  {
    name: 'metaworld: the hand is led in double precision',
    why: 'actions are single, and so is what they move by',
    ...world('stage', EPISODES),
    from: 'f64::from(action[k] * REACH)',
    to: 'f64::from(action[k]) * 0.01'
  },
  {
    name: 'metaworld: the hand is led beyond its box',
    why: 'the package holds it there, whatever an action says',
    ...world('stage', EPISODES),
    from: '.clamp(«self.facts.hand_low[k]», self.facts.hand_high[k])',
    to: '-1.0'
  },
  {
    name: 'metaworld: no forward after the steps',
    why: 'frames would be one substep old, and the next warm start another',
    ...world('stage', EPISODES),
    from: 'arm.lead(to, [grip, -grip])?;\n            «arm.room.forward()?;»',
    to: ''
  },
  {
    name: 'metaworld: what an episode keeps of its first step is measured anew in every one',
    why: 'bin-picking would reward for standing still',
    ...world('stage', EPISODES),
    from: '*carried.kept.get_or_insert_with(|| self.rules.kept(&seen))',
    to: 'self.rules.kept(&seen)'
  },
  {
    name: 'metaworld: a room that met no number is not cleaned',
    why: 'the next world in it would be called broken, too',
    ...world('stage', NAMED),
    from: 'if arm.room.warned() {\n                «arm.room.reset()?;»',
    to: ''
  },
  {
    name: 'metaworld: the frame before is that of the start',
    why: 'an observation shows two frames in a row',
    ...world('block', EPISODES),
    from: 'world.before = world.carried.frame;',
    to: ''
  },
  {
    name: 'metaworld: a world that is broken is stepped on',
    why: 'libmujoco would start it anew, in the middle of an episode',
    ...world('block', NAMED),
    from: 'world.broken = «judged.is_none()»;',
    to: 'false'
  },
  {
    name: 'metaworld: a reset draws one vector',
    why: "the package draws two, and the second is the task's",
    ...world('draw', TASKS),
    from: 'accepted(facts, &mut generator);\n',
    to: ''
  },
  {
    name: 'metaworld: held-out goals are those of the evaluation pool',
    why: 'claims would be made where poor tasks were mined',
    ...world('plan', 'no_pool_holds_a_goal_of_another'),
    from: 'seed.wrapping_add(«2»)',
    to: '1'
  },
  {
    name: 'metaworld: held-out kinds are numbered from 0',
    why: 'the goals of kinds that were never trained on would be given to those that were',
    ...world('plan', TASKS, 'no_pool_holds_a_goal_of_another'),
    from: 'Pool::HeldOut if self.several() => («self.trained», test, seed)',
    to: '0'
  },
  {
    name: 'metaworld: the place that the hand is led to is looked for without the number before it',
    why: 'of ML10 and ML45 a velocity would be taken for a place',
    ...world('world', MIXTURES),
    from: '&state[«self.0.first() + facts.led()»..]',
    to: 'facts.led()'
  },
  {
    name: 'metaworld: states of two environments are mixed',
    why: 'half a door and half a drawer is neither',
    ...world('world', MIXTURES),
    from: 'mixed[0] = f64::NAN;',
    to: ''
  },
  {
    name: 'metaworld: orientations are looked for without the number before them',
    why: 'of ML10 and ML45 a position would be normed and its orientation left as it is',
    ...world('benchmark', MIXTURES),
    from: 'move |at| «first + at»',
    to: '0 * first + at'
  },
  {
    name: 'metaworld: pick-place succeeds within the bound of its reward',
    why: 'the package calls it a success from .07 m on',
    ...world('kinds/goals', SUCCESSES),
    from: 'success: left <= «0.07»',
    to: 'NEAR'
  },
  {
    name: 'metaworld: a closed door is worth the way that is left',
    why: 'the reward would grow with what is left to do',
    ...world('kinds/doors', EPISODES),
    from: '3.0 * reached + «6.0 * placed»',
    to: '-6.0 * placed'
  },
  {
    name: 'metaworld: an object counts as caged at once',
    why: 'closing counts where the fingers are around the object',
    ...world('shaping', EPISODES),
    from: 'both(caged, if «caged > 0.97» { closed }',
    to: 'caged > 0.0'
  },
  {
    name: 'metaworld: a pinch is judged by the pads of the start',
    why: 'the package means that, and does not do it',
    ...world('shaping', EPISODES),
    from: '((«object[1]» - pad).abs() - PAD).abs()',
    to: '0.0'
  },
  {
    name: 'mujoco: a body that was moved stays there',
    why: 'the next task would have two bodies moved',
    ...mujoco('own', 'what_lies_on_the_floor'),
    from: 'self.places[3 * before..][..3].copy_from_slice(&there);',
    to: ''
  },
  {
    name: 'mujoco: a contact counts from one side',
    why: 'which geom libmujoco names first is its own',
    ...mujoco('contacts', 'what_lies_on_the_floor'),
    from: '[(a, b), «(b, a)»]',
    to: '(a, b)'
  },
  {
    name: 'mujoco: a velocity that is no number is no warning',
    why: "libmujoco goes on from the model's start, and nobody would know",
    ...mujoco('room', 'whatever_is_no_number'),
    from: '[layout::BAD_QPOS, «layout::BAD_QVEL»,',
    to: 'layout::BAD_QPOS'
  },
  {
    name: 'mujoco: an acceleration that is no number is no warning',
    why: "libmujoco goes on from the model's start, and nobody would know",
    ...mujoco('room', 'whatever_is_no_number'),
    from: '«layout::BAD_QACC», layout::BAD_CTRL',
    to: 'layout::BAD_QPOS'
  },
  {
    name: 'mujoco: a control that is no number is no warning',
    why: 'libmujoco takes zeros for all of them',
    ...mujoco('room', 'whatever_is_no_number'),
    from: 'layout::BAD_QACC, «layout::BAD_CTRL»',
    to: 'layout::BAD_QPOS'
  },
  {
    name: 'mujoco: any library is taken',
    why: 'another build has other bits',
    ...mujoco('library', 'another_file_is_refused'),
    from: 'if let Some(expected) = «sha256» {',
    to: 'sha256.filter(|_| false)'
  },
  {
    name: 'mujoco: a panic of ours under libmujoco is its fatal error',
    why: 'a fault of this code would be told as one of a model',
    ...mujoco('guard', 'a_panic_of_ours'),
    from: 'Err(payload) => «resume_unwind(payload)»',
    to: 'MujocoError::Fatal(format!("{}", payload.is::<&str>()))'
  }
]
