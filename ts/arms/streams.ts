/** Which random numbers whose meta-steps draw from; built-in arms have those of their definition. */

/** Streams of meta-steps that the short retrainings of a validation take, one a repeat: the first, and how many. No arm has one. */
export const INTERVENTIONS = { first: 200, count: 32 } as const

/**
 * Stream of a defined arm: 19 bits of the FNV-1a hash of its name, so that defining one more arm changes no other. The low
 * byte is 128 to 255, which no built-in arm uses; the few names that fall on {@link INTERVENTIONS} are refused. See
 * `StepOptions::index` in crates/node for the whole layout.
 */
export function streamOf(name: string): number {
  let hash = 0x811c9dc5
  for (const byte of Buffer.from(name, 'utf8')) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0
  return 128 + (hash & 127) + ((hash >>> 7) & 0xfff) * 256
}
