/** Pools of tasks: from what a specification says to the frozen tasks of a seed. */
export { checkTasks, freezeTasks, withTasks } from './freeze.js'
