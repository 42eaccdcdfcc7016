/** Progress on a terminal: one bar a stage with steps/s, time left and the last figure; plain lines elsewhere. */
import { SingleBar } from 'cli-progress'
import type { RunEvent } from '../pipeline/index.js'
import type { IterationDone } from '../stages/index.js'

/** Title of a stage as people read it. */
const title = (event: { stage: string; arm?: string; seed?: number }, seeds: number) =>
  `${seeds > 1 ? `seed ${event.seed} ` : ''}${event.arm ? `${event.stage} ${event.arm}` : event.stage}`.padEnd(seeds > 1 ? 26 : 18)

/** 1234567 → 1.23 M. */
export function compact(value: number): string {
  if (value >= 1e6) return `${(value / 1e6).toFixed(2)} M`
  if (value >= 1e3) return `${(value / 1e3).toFixed(0)} k`
  return value.toFixed(0)
}

/** Seconds as 42 s or 3 min 05 s. */
export function duration(seconds: number): string {
  const whole = Math.round(seconds)
  return whole < 90 ? `${whole} s` : `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, '0')} s`
}

/** Shows events of a run; `finish()` before printing anything else. */
export class Progress {
  #bar: SingleBar | undefined
  #from = 0
  #stepsFrom = 0
  #progressFrom = 0
  #lastLine = Number.NEGATIVE_INFINITY
  readonly #seeds: number
  readonly #out: NodeJS.WriteStream

  constructor(seeds: number, out: NodeJS.WriteStream = process.stderr) {
    this.#seeds = seeds
    this.#out = out
  }

  show(event: RunEvent): void {
    switch (event.type) {
      case 'stage-started':
        this.finish()
        if (event.skipped) this.#line(`✓ ${title(event, this.#seeds)} already done`)
        this.#from = performance.now()
        this.#stepsFrom = -1
        break
      case 'iteration':
        this.#iteration(event)
        break
      case 'stage-finished':
        this.finish()
        this.#line(`✓ ${title(event, this.#seeds)} ${event.summary}`)
        break
      case 'note':
        this.finish()
        this.#line(`· ${event.text}`)
        break
      default:
        this.finish()
    }
  }

  /** Removes the bar; the next event may draw a new one. */
  finish(): void {
    this.#bar?.stop()
    this.#bar = undefined
  }

  #iteration(event: IterationDone): void {
    const now = performance.now()
    if (this.#stepsFrom < 0) {
      // The first iteration of this process: a resumed stage must not count the steps of the earlier one as its speed.
      const fresh = event.iteration <= 1
      this.#stepsFrom = fresh ? 0 : event.envSteps
      this.#progressFrom = fresh ? 0 : event.progress
      if (!fresh) this.#from = now
    }
    const seconds = (now - this.#from) / 1000
    const rate = seconds > 0 ? (event.envSteps - this.#stepsFrom) / seconds : 0
    const gained = event.progress - this.#progressFrom
    const left = gained > 0 ? (seconds * (1 - event.progress)) / gained : Number.POSITIVE_INFINITY
    const [name, value] = Object.entries(event.metrics)[0] ?? ['', '']
    const figure = typeof value === 'number' ? `${name} ${value.toFixed(3)}` : ''
    const who = title(event, this.#seeds)
    // What is not known yet is left out.
    const facts = [rate > 0 ? `${compact(rate)} steps/s` : '', Number.isFinite(left) ? `${duration(left)} left` : '', figure]
      .filter((fact) => fact !== '')
      .join(' · ')
    const percent = `${Math.round(100 * event.progress)} %`.padStart(5)
    if (!this.#out.isTTY) {
      if (now - this.#lastLine > 10_000) {
        this.#lastLine = now
        this.#line(`  ${who} ${percent} · ${facts}`)
      }
      return
    }
    const payload = { title: who, percent, facts }
    if (!this.#bar) {
      this.#bar = new SingleBar({
        format: '  {title} {bar} {percent} · {facts}',
        barsize: 24,
        barCompleteChar: '━',
        barIncompleteChar: '┄',
        hideCursor: true,
        clearOnComplete: true,
        stream: this.#out
      })
      this.#bar.start(1000, Math.round(1000 * event.progress), payload)
    }
    this.#bar.update(Math.round(1000 * event.progress), payload)
  }

  #line(text: string): void {
    this.#out.write(`${text}\n`)
  }
}

/** Shows events of several seeds at a time: a line for what each is at, a line above it for whatever is finished. */
export class ParallelProgress {
  #bar: SingleBar | undefined
  #lastLine = Number.NEGATIVE_INFINITY
  /** By seed, what it is at. */
  readonly #now = new Map<number, string>()
  readonly #out: NodeJS.WriteStream

  constructor(out: NodeJS.WriteStream = process.stderr) {
    this.#out = out
  }

  show(event: RunEvent): void {
    switch (event.type) {
      case 'iteration':
        this.#now.set(
          event.seed,
          `${event.seed} ${event.arm ? `${event.stage} ${event.arm}` : event.stage} ${Math.round(100 * event.progress)} %`
        )
        this.#draw()
        break
      case 'stage-finished':
        this.#now.delete(event.seed)
        this.#line(`✓ ${title(event, 2)} ${event.summary}`)
        break
      case 'note':
        this.#line(`· ${event.text}`)
        break
      case 'stage-started':
        if (event.skipped) this.#line(`✓ ${title(event, 2)} already done`)
        break
      default:
        this.finish()
    }
  }

  /** Removes the line; the next event may draw a new one. */
  finish(): void {
    this.#bar?.stop()
    this.#bar = undefined
  }

  #draw(): void {
    const running = `seeds: ${[...this.#now.values()].join(' · ')}`
    if (!this.#out.isTTY) {
      if (performance.now() - this.#lastLine < 10_000) return
      this.#lastLine = performance.now()
      return void this.#out.write(`  ${running}\n`)
    }
    const room = Math.max(20, (this.#out.columns ?? 80) - 3)
    const facts = running.length > room ? `${running.slice(0, room - 1)}…` : running
    if (!this.#bar) {
      this.#bar = new SingleBar({ format: '  {facts}', hideCursor: true, clearOnComplete: true, stream: this.#out })
      this.#bar.start(1, 0, { facts })
    }
    this.#bar.update(0, { facts })
  }

  #line(text: string): void {
    this.finish()
    this.#out.write(`${text}\n`)
  }
}
