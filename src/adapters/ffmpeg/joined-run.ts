import type { Readable } from 'node:stream'
import type { Exit, Stop } from './explain-exit.ts'
import { FfmpegRun, FIRST_OUTPUT, type RunLimits } from './run.ts'
import type { ToolContext } from './tool-context.ts'

interface Second {
  /** An output of the first, which the second reads. */
  readonly pipe: Readable
  /** Answers the whole command for such targets. */
  readonly args: (targets: readonly string[]) => readonly string[]
  /** How many targets. */
  readonly outputs: number
  readonly limits: RunLimits
  readonly signal: AbortSignal
}

/** Two FFmpegs as one: what the first decoded the second encodes. Both have ended when it has. */
export class JoinedRun {
  /** Of the second. */
  readonly outputs: readonly Readable[]
  /** As the one ended that failed by itself; of two that ended well what the first says. */
  readonly ended: Promise<Exit>
  readonly #first: FfmpegRun
  readonly #second: FfmpegRun

  constructor({ ffmpegPath }: Pick<ToolContext, 'ffmpegPath'>, first: FfmpegRun, second: Second) {
    const { pipe, args, outputs, limits, signal } = second
    this.#first = first
    this.#second = new FfmpegRun({
      ffmpegPath,
      args: ['-v', 'error', '-xerror', ...args(Array.from({ length: outputs }, (_, n) => `pipe:${FIRST_OUTPUT + n}`))],
      limits,
      signal,
      outputs,
      input: pipe,
      // The first may have nothing to say for long: then its own limits count.
      isWaiting: () => pipe.readableLength === 0 && !pipe.readableEnded,
    })
    this.outputs = this.#second.outputs
    this.ended = this.#end(pipe)
    // Whoever reads the outputs sees it too.
    this.ended.catch(() => undefined)
  }

  stop(reason: Stop): void {
    this.#first.stop(reason)
    this.#second.stop(reason)
  }

  async #end(pipe: Readable): Promise<Exit> {
    const [first, second] = await Promise.all([
      this.#first.ended,
      this.#second.ended.then((exit) => {
        // Nobody reads any more what it writes; where it wrote its last, it ends by itself, and says why.
        if (!pipe.readableEnded) this.#first.stop({ type: 'cancelled' })
        return exit
      }),
    ])
    if (first.code !== 0 && first.stop?.type !== 'cancelled') return first
    return second.code === 0 ? first : second
  }
}
