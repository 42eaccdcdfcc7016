/** A run that can be awaited, for what it comes to, or iterated, for what it reports meanwhile. */
import { XmrlError } from '../errors.js'
import { type LoadedRun, loadRun } from '../run/index.js'
import { aborted } from '../stages/index.js'
import type { RunEvent } from './events.js'

/**
 * A run, or a part of one, that begins when it is first awaited or iterated, and is worked on once.
 * - Iterated, it goes from event to event as the caller asks for them. Whoever leaves the loop early (`break`, `return`, an exception)
 *   stops the run as a signal does, and waits until it has saved.
 * - Awaited, it goes to its end and gives what `loadRun` gives then; awaited again, it gives the same object.
 * - Both: after a loop to the end, awaiting gives the outcome of what was iterated. Awaited while a loop is open, it goes on to the end by
 *   itself, and the loop ends. Awaited after a loop that was left, it throws `ERR_ABORTED`; after one that failed, the same error.
 *   Iterated after its end, it has no events.
 */
export class RunInProgress {
  readonly #out: string
  readonly #events: AsyncGenerator<RunEvent, void>
  #begun = false
  /** Why it ended before it was done. */
  #failure: { error: unknown } | undefined
  #outcome: Promise<LoadedRun> | undefined

  /**
   * Use `runExperiment`, or the stages of `openRun`.
   * @param start starts the work, which saves and throws `ERR_ABORTED` once the signal has come
   */
  constructor(
    start: (signal: AbortSignal) => AsyncGenerator<RunEvent, void>,
    { out, signal }: { out: string; signal?: AbortSignal | undefined }
  ) {
    this.#out = out
    this.#events = this.#work(start, signal)
  }

  async *#work(
    start: (signal: AbortSignal) => AsyncGenerator<RunEvent, void>,
    given: AbortSignal | undefined
  ): AsyncGenerator<RunEvent, void> {
    this.#begun = true
    const leaving = new AbortController()
    const events = start(given === undefined ? leaving.signal : AbortSignal.any([given, leaving.signal]))
    // True while the caller has an event.
    let left = false
    try {
      for (;;) {
        const next = await events.next()
        if (next.done) return
        left = true
        yield next.value
        left = false
      }
    } catch (error) {
      this.#failure = { error }
      throw error
    } finally {
      // Left early: the run is stopped as by a signal, so that every stage, in whatever process, saves what it has.
      if (left) {
        this.#failure = undefined
        leaving.abort()
        await this.#untilStopped(events)
      }
    }
  }

  /** Lets a run that was told to stop come to its end. */
  async #untilStopped(events: AsyncGenerator<RunEvent, void>): Promise<void> {
    try {
      while (!(await events.next()).done);
    } catch (error) {
      this.#failure = { error }
      if (!XmrlError.is(error, 'ERR_ABORTED')) throw error
    }
  }

  async #toTheEnd(): Promise<LoadedRun> {
    while (!(await this.#events.next()).done);
    if (this.#failure !== undefined) throw this.#failure.error
    // Left before its first event.
    if (!this.#begun) throw aborted()
    return await loadRun(this.#out)
  }

  /** The next event; rejects with what ended the run. */
  next(): Promise<IteratorResult<RunEvent, void>> {
    return this.#events.next()
  }

  /** Leaves the run: resolves when it has saved. */
  return(): Promise<IteratorResult<RunEvent, void>> {
    return this.#events.return()
  }

  /** Leaves the run with an error of the caller's: rejects with it when the run has saved. */
  throw(error: unknown): Promise<IteratorResult<RunEvent, void>> {
    return this.#events.throw(error)
  }

  /** Itself: a run is worked on once. */
  [Symbol.asyncIterator](): this {
    return this
  }

  /** The outcome, as `loadRun` gives it; what ended the run otherwise. */
  // biome-ignore lint/suspicious/noThenProperty: a run is awaitable, and nothing begins before somebody awaits it.
  then<A = LoadedRun, B = never>(
    fulfilled?: ((run: LoadedRun) => A | PromiseLike<A>) | null,
    rejected?: ((error: unknown) => B | PromiseLike<B>) | null
  ): Promise<A | B> {
    this.#outcome ??= this.#toTheEnd()
    return this.#outcome.then(fulfilled, rejected)
  }

  /** As a promise's. */
  catch<B = never>(rejected?: ((error: unknown) => B | PromiseLike<B>) | null): Promise<LoadedRun | B> {
    return this.then(undefined, rejected)
  }

  /** As a promise's. */
  finally(settled?: (() => void) | null): Promise<LoadedRun> {
    return this.then().finally(settled)
  }
}
