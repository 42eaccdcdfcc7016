/**
 * Colours, type and axes of every picture. Colours are CSS variables with the light value as fallback, so one SVG serves a
 * light page, a dark page and a file of its own. Red is kept for one meaning: a task that got worse.
 */

/** Light and dark value of each colour. */
export const PALETTE = {
  ink: ['#1c2430', '#e6e9ee'],
  muted: ['#667080', '#98a2b3'],
  line: ['#d9dee6', '#333b47'],
  faint: ['#eef1f5', '#232a34'],
  paper: ['#ffffff', '#161b22'],
  page: ['#f6f7f9', '#0f1319'],
  poor: ['#c77700', '#f0a63a'],
  critical: ['#3457d5', '#7f9bff'],
  other: ['#848e9d', '#6c7787'],
  rare: ['#f3ecfb', '#241d30'],
  rareInk: ['#7b52ab', '#b697dd'],
  better: ['#16836a', '#46c2a2'],
  worse: ['#d0312d', '#ff6b62'],
  disc: ['#c3cad4', '#3d4653'],
  rival: ['#0b7285', '#3bc9db']
} as const

/** Name of a colour. */
export type Colour = keyof typeof PALETTE

/** A colour as it is written into an SVG attribute or a style. */
export function colour(name: Colour): string {
  return `var(--x-${name},${PALETTE[name][0]})`
}

/** The style block that gives the variables their light and dark values. */
export function paletteCss(): string {
  const block = (which: 0 | 1) =>
    Object.entries(PALETTE)
      .map(([name, values]) => `--x-${name}:${values[which]}`)
      .join(';')
  return `:root{color-scheme:light dark;${block(0)}}\n@media (prefers-color-scheme:dark){:root{${block(1)}}}`
}

/** How an arm is drawn. */
export interface ArmStyle {
  label: string
  colour: Colour
  dash: number[]
}

/** Colour and dash of each arm, the same in every picture: at least 3 : 1 on the light page and on the dark one. */
export const ARM_STYLE: Readonly<Record<string, ArmStyle>> = {
  theta_0: { label: 'before repair', colour: 'muted', dash: [] },
  xmrl: { label: 'XMRL', colour: 'critical', dash: [] },
  maml: { label: 'MAML continued', colour: 'ink', dash: [] },
  'maml-null': { label: 'MAML again (null)', colour: 'ink', dash: [2, 3] },
  'omega-only': { label: 'weights alone, no mixing', colour: 'critical', dash: [2, 3] },
  ma: { label: 'mixup on all (MA)', colour: 'better', dash: [] },
  'ma-beta-0.2': { label: 'MA, Beta(.2, .2)', colour: 'better', dash: [1, 2] },
  'ma-beta-0.5': { label: 'MA, Beta(.5, .5)', colour: 'better', dash: [3, 2] },
  'ma-beta-2': { label: 'MA, Beta(2, 2)', colour: 'better', dash: [6, 2] },
  'ma-critical': { label: 'MA on critical tasks', colour: 'better', dash: [2, 3] },
  tw: { label: 'task weighting (TW)', colour: 'poor', dash: [] },
  'tw-influence': { label: 'TW by hypergradient', colour: 'poor', dash: [2, 3] },
  mr: { label: 'meta-regularisation (MR)', colour: 'muted', dash: [4, 3] },
  oracle: { label: 'oracle', colour: 'rareInk', dash: [] },
  random: { label: 'random tasks', colour: 'rival', dash: [] },
  nearest: { label: 'nearest tasks', colour: 'rival', dash: [4, 2] },
  hardest: { label: 'hardest tasks', colour: 'rival', dash: [1, 2] }
}

/** The built-in arm behind each arm that a specification defines; what `retrain.define` holds is one. */
export type Bases = Readonly<Record<string, { readonly base: string }>>

/** Dashes of defined arms, one after the other under each base. */
const DASHES = [
  [8, 2],
  [5, 2, 1, 2],
  [1, 3],
  [8, 2, 1, 2, 1, 2]
]

/** Style of an arm; a defined one has its own name in the colour of its base, any other that is not known in grey. */
export function armStyle(arm: string, bases: Bases = {}): ArmStyle {
  const known = ARM_STYLE[arm]
  if (known !== undefined) return known
  const base = bases[arm]?.base
  if (base === undefined) return { label: arm, colour: 'muted', dash: [] }
  const siblings = Object.keys(bases).filter((name) => bases[name].base === base)
  return { label: arm, colour: armStyle(base).colour, dash: DASHES[siblings.indexOf(arm) % DASHES.length] }
}

/** `arms` in their order, every defined one right under its base where that was run. */
export function underBases(arms: readonly string[], bases: Bases): string[] {
  const baseOf = (arm: string) => (ARM_STYLE[arm] === undefined ? bases[arm]?.base : undefined)
  return arms.flatMap((arm) => {
    const base = baseOf(arm)
    return base !== undefined && arms.includes(base) ? [] : [arm, ...arms.filter((other) => baseOf(other) === arm)]
  })
}

/** Type of the pictures (no quotes: it is written into attributes). */
export const FONT = 'Inter, system-ui, -apple-system, Segoe UI, Helvetica, Arial, sans-serif'

/** Vega-Lite configuration shared by all charts. */
export function chartConfig(): object {
  return {
    background: null,
    aria: false,
    font: FONT,
    padding: 4,
    view: { stroke: null },
    axis: {
      labelColor: colour('muted'),
      titleColor: colour('muted'),
      labelFontSize: 11,
      titleFontSize: 11.5,
      titleFontWeight: 500,
      titlePadding: 8,
      domainColor: colour('line'),
      tickColor: colour('line'),
      gridColor: colour('line'),
      gridOpacity: 0.7,
      tickSize: 4,
      labelPadding: 5
    },
    axisX: { grid: false },
    axisY: { domain: false, ticks: false },
    title: { color: colour('ink'), fontSize: 12.5, fontWeight: 600, anchor: 'start', offset: 8 },
    header: { labelColor: colour('ink'), labelFontSize: 12.5, labelFontWeight: 600, labelAnchor: 'start', title: null },
    text: { color: colour('muted'), fontSize: 11 }
  }
}
