// Mutants of worlds in Python: rows and columns, whose turn it is, waits, processes that go on, and the half that is Python.
const rust = (/** @type {string} */ file, /** @type {string[]} */ ...filters) => ({
  file: `crates/python/src/${file}.rs`,
  tests: [['xmrl-python:bridge', ...filters].join(' ')]
})
const worker = (/** @type {string} */ file, /** @type {string[]} */ ...filters) => ({
  file: `crates/python/worker/${file}.py`,
  tests: [['xmrl-python:bridge', ...filters].join(' ')]
})
const BY_HAND = 'steps_are_those_worked_out_by_hand'
const SET = 'a_state_that_is_set'
const FAILURES = 'failures_name'
const LIMIT = 'a_time_limit_is_no_end'
const TASKS = 'tasks_are_a_function'
const POOLS = 'pools_of_a_list'
const ENDED = 'a_row_that_has_ended'
const OWED = 'a_process_that_owes_an_answer'
const MADE = 'environments_are_made_with_patience'
const KEPT = 'a_process_keeps_its_environments'

export const PYTHON = [
  {
    name: 'python: rows of shared arrays are taken for columns',
    why: 'a world would see the numbers of others',
    ...rust('block', BY_HAND),
    from: 'to[«k * width + w»] = x',
    to: 'w * size.max(1) + k'
  },
  {
    name: 'python: worlds that have ended are stepped on',
    why: 'an environment that is stepped after its end may do anything, and its rows would be written over',
    ...rust('block', ENDED),
    from: 'shared.of_mut(&layout.flags).copy_from_slice(alive);',
    to: ''
  },
  {
    name: 'python: worlds in the middle of an episode begin with those that begin',
    why: 'whoever shares a process with a short episode would lose its own',
    ...rust('block', ENDED),
    from: 'shared.of_mut(&layout.flags)[w] = «0.0»',
    to: '1.0'
  },
  {
    name: 'python: a state is begun from its seed alone',
    why: 'mixed episodes would begin at ordinary starts',
    ...rust('block', SET),
    from: '(2.0, f64::from(seed_of(state)))',
    to: '(1.0, f64::from(seed_of(state)))'
  },
  {
    name: 'python: episodes from states have one seed',
    why: 'the noise of all mixed episodes would be the same',
    ...rust('block', SET),
    from: '(2.0, «f64::from(seed_of(state))»)',
    to: '0.0'
  },
  {
    name: 'python: states of before the step',
    why: 'what was visited would be one step late, or a start',
    ...rust('block', 'states_are_those_of_now'),
    from: 'self.states_known = «with_states»',
    to: 'true'
  },
  {
    name: 'python: rows of observations are those of states',
    why: 'policies would see what no sensor shows',
    ...rust('block', BY_HAND, 'what_a_batch_shows'),
    from: 'self.rows(|layout| «layout.observations.clone()», rows)',
    to: 'layout.states.clone()'
  },
  {
    name: 'python: environments are made within the limit of a step',
    why: 'a world whose environments take long to make could be stepped by one row alone',
    ...rust('block', MADE),
    from: 'if rows > process.made { «launch.limit.max(launch.patience)» }',
    to: 'launch.limit'
  },
  {
    name: 'python: every reset may take as long as making an environment',
    why: 'a reset that hangs would be found out minutes later',
    ...rust('block', MADE),
    slow: true,
    from: 'process.made = process.made.max(rows);',
    to: ''
  },
  {
    name: 'python: a process that owes an answer is used again',
    why: 'every answer of the next block would be the one before',
    ...rust('opened', OWED),
    from: 'if «process.ready()» {',
    to: 'process.ready() || true'
  },
  {
    name: 'python: blocks end their processes',
    why: 'every call would start Python and make its environments anew',
    ...rust('block', KEPT),
    from: 'self.world.give_back(process);',
    to: 'drop(process);'
  },
  {
    name: 'python: what an environment has started outlives it',
    why: 'a simulator of its own would stay behind with every world that is dropped',
    ...rust('process', KEPT),
    from: 'if signal == libc::SIGKILL { «-id» } else { id }',
    to: 'id'
  },
  {
    name: 'python: what Python raises is an answer',
    why: 'a step that failed would count as one',
    ...rust('process', FAILURES),
    from: "if «kind[0] == b'e'» {",
    to: 'false'
  },
  {
    name: 'python: pools of a list are shuffled each by itself',
    why: 'held-out tasks would be among those that are trained on',
    ...rust('world', POOLS),
    from: '"order": «order % SEEDS»',
    to: 'word % SEEDS'
  },
  {
    name: 'python: pools on one seed',
    why: 'training, evaluation and held-out tasks would be the same',
    ...rust('world', TASKS),
    from: 'Purpose::Tasks, «pool as u64»)',
    to: '0'
  },
  {
    name: 'python: every episode of a task has the seed of the first',
    why: 'ten episodes would be one, ten times',
    ...rust('world', 'starts_are_seeds'),
    from: 'stream.block(task_id, «episode», 0, 0)',
    to: '0'
  },
  {
    name: 'worker: a time limit is an end by the rules',
    why: 'returns would be cut where the clock ended an episode',
    ...worker('worker', LIMIT),
    from: '1.0 if terminated else «2.0» if truncated',
    to: '1.0'
  },
  {
    name: 'worker: is_success is not read',
    why: "robots of gymnasium's own tell success by that name, and would never succeed",
    ...worker('xmrl_environment', 'a_success_may_come'),
    from: 'info.get("is_success") if said is None else said',
    to: 'said'
  },
  {
    name: 'worker: a reward that is no number passes',
    why: 'it would end in a gradient',
    ...worker('worker', FAILURES),
    from: 'self.check(arrays.outcomes, "a reward")',
    to: 'None'
  },
  {
    name: "worker: actions are not scaled to the space's bounds",
    why: 'a policy of [-1, 1] would push half as hard as it may',
    ...worker('xmrl_environment', BY_HAND),
    from: 'np.where(bounded, «(high - low) / 2», 1.0)',
    to: '1.0'
  },
  {
    name: 'worker: the task is told to the first environment alone',
    why: 'the other rows of a process would play the task of the first',
    ...worker('worker', BY_HAND),
    from: 'environment.lookup(«env», maker.set_task_name)(maker.form.build(arrays.tasks[row]))',
    to: 'self.envs[0]'
  },
  {
    name: 'worker: entries of a dict all begin at its first number',
    why: 'a goal would be the gain before it',
    ...worker('xmrl_tasks', 'a_description_follows'),
    from: 'values[«at» : at + size]',
    to: '0'
  },
  {
    name: 'worker: nobody ends it with its parent',
    why: 'what an environment has started would stay behind when a run is killed',
    file: 'crates/python/worker/worker.py',
    tests: ['__test__/own/python-lives.test.ts'],
    slow: true,
    from: '«end_with_parent(life)»\n    # What the environment starts',
    to: 'None'
  }
]
