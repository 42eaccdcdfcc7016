/** A body as filled capsules. */
import { element } from '../../drawing/index.js'
import type { Capsule } from '../../records/index.js'

/** From metres in the world to pixels. */
export type Projection = (x: number, y: number, z: number) => [number, number]

/** Capsules as thick lines with round ends; `unit` is the pixels of a metre. */
export function bodySvg(capsules: readonly Capsule[], project: Projection, unit: number, stroke: string, opacity = 1): string {
  const lines = capsules.map(([x1, y1, z1, x2, y2, z2, radius]) => {
    const [from, to] = [project(x1, y1, z1), project(x2, y2, z2)]
    // A line of no length would not be drawn, and a capsule seen along its axis (or a sphere) is a disc.
    const same = Math.hypot(to[0] - from[0], to[1] - from[1]) < 0.01
    return same
      ? element('circle', { cx: from[0], cy: from[1], r: radius * unit, fill: stroke })
      : element('line', {
          x1: from[0],
          y1: from[1],
          x2: to[0],
          y2: to[1],
          stroke,
          'stroke-width': Math.max(1.2, 2 * radius * unit),
          'stroke-linecap': 'round'
        })
  })
  return element('g', { opacity }, lines.join(''))
}
