/** What a report says of a world of one's own: where it came from, and what it could not do. */
import type { Notice } from '../drawing/index.js'
import { abilitiesOf, canMix, type Spec } from '../spec/index.js'

/** Facts for where the run is told; none of a preset. */
export function worldFacts({ world }: Spec): (readonly [string, string])[] {
  // A run of an older version says nothing of one.
  if (world === null || world === undefined) return []
  const name = world.source.split('/').at(-1)
  const from = { module: `module ${name}`, object: 'given by a script', gymnasium: `Python, ${world.source}` }[world.kind]
  return [['world', `one of the user’s own: ${from}, SHA-256 ${world.sha256.slice(0, 12)}`]]
}

/** What a world's limits mean for the figures. */
export function worldNotices(spec: Spec): Notice[] {
  const { setState, deterministic } = abilitiesOf(spec)
  const why = setState ? 'two states of it cannot be mixed' : 'its episodes cannot begin in a given state'
  return [
    ...(canMix(spec)
      ? []
      : [{ kind: 'note' as const, text: `Nothing was augmented in ${spec.environment}: ${why}. Arms favour tasks, and mix no episodes.` }]),
    ...(deterministic
      ? []
      : [
          {
            kind: 'note' as const,
            text: `${spec.environment} is not deterministic: a run of it that was stopped and resumed is not bit for bit the run that was not.`
          }
        ])
  ]
}
