/** What arms are for: whoever compares them asks for a role, never for a name. */
import { ARMS, BUILT_IN_ARMS } from './built-in.js'
import type { ArmDefinition, Role } from './definition.js'

/** A built-in arm by name; undefined for any other name. */
export function builtIn(name: string): ArmDefinition | undefined {
  return Object.hasOwn(BUILT_IN_ARMS, name) ? BUILT_IN_ARMS[name as keyof typeof BUILT_IN_ARMS] : undefined
}

/** Role of a built-in arm; undefined for one that a specification defines, whatever its base. */
export const roleOf = (name: string): Role | undefined => builtIn(name)?.role

/** The first of `names` that has a role. */
const withRole = (role: Role, names: readonly string[]): string | undefined => names.find((name) => roleOf(name) === role)

/** The arms of a role that every comparison has one of. */
const the = (role: Role): string => withRole(role, ARMS) as string
/** The method that a run is about. */
export const METHOD = the('method')
/** Training that goes on as before. */
export const REFERENCE = the('reference')
/** The same again, with other random numbers. */
export const NULL = the('null')

/** True for arms that repair nothing: the reference and its null. */
export const repairsNothing = (name: string): boolean => name === REFERENCE || name === NULL

/** The arm of `names` that stands for the run where only one can be shown: the method; undefined where it is not among them. */
export const methodOf = (names: readonly string[]): string | undefined => withRole('method', names)

/** Arms that the method is compared with, and the question that each answers, in the order of tables, ceilings last. */
export function questions(): { arm: string; against: string; question: string }[] {
  const asked = ARMS.flatMap((against) => {
    const question = builtIn(against)?.comparedFor
    return question === undefined ? [] : [{ arm: METHOD, against, question }]
  })
  const last = ({ against }: { against: string }) => Number(roleOf(against) === 'ceiling')
  return asked.sort((a, b) => last(a) - last(b))
}
