import { type ExtractionPlan, extractedSound, extractionArguments } from '../../core/processing/extraction-plan.ts'
import {
  type ExtractionOptions,
  type ExtractionReport,
  MediaFailure,
  type PinnedSource,
} from '../../core/processing/ports.ts'
import { bytesOf } from './encode.ts'
import { complaintsIn, explainExit } from './explain-exit.ts'
import { inputArguments } from './input-arguments.ts'
import { JoinedRun } from './joined-run.ts'
import { encodeRun } from './media-limits.ts'
import { FfmpegRun, FIRST_OUTPUT } from './run.ts'
import type { ToolContext } from './tool-context.ts'

interface Extract {
  readonly plan: ExtractionPlan
  readonly options: ExtractionOptions
}

/** `MediaTool.extractAudio`: one output. Damage is passed over and reported. */
export const extractAudio = async (
  tool: ToolContext,
  object: PinnedSource,
  { plan, options }: Extract,
): Promise<ExtractionReport> => {
  using source = tool.proxy.register(object)
  const limits = encodeRun(tool.limits, plan.durationMs)
  const { signal, consume } = options
  const run = new FfmpegRun({
    ffmpegPath: tool.ffmpegPath,
    args: [
      ...['-v', 'error', '-threads', '1', '-max_error_rate', '1', ...inputArguments(source.url)],
      ...extractionArguments(plan, `pipe:${FIRST_OUTPUT}`),
    ],
    limits,
    signal,
    outputs: 1,
    isWaiting: () => source.reader.isWaiting,
    onProgress: ({ outTimeMs }) => outTimeMs !== undefined && options.onProgress(outTimeMs),
  })
  const [pipe] = run.outputs
  const args = ([target = '']: readonly string[]) => extractedSound(plan, target)
  const joined = plan.copied || !pipe ? undefined : new JoinedRun(tool, run, { pipe, args, outputs: 1, limits, signal })
  const done = (joined ?? run).ended.then(({ stderr, ...exit }): ExtractionReport => {
    const failure = source.reader.failure ?? explainExit({ ...exit, stderr })
    if (failure) throw failure
    const { outTimeMs = 0 } = run.progress
    if (outTimeMs === 0) throw new MediaFailure('no sound could be decoded', { permanent: true })
    return { durationMs: outTimeMs, complaints: complaintsIn(stderr) }
  })
  // Seen by whoever reads the output, and in the end.
  done.catch(() => undefined)
  await readOutput(joined ?? run, { done, consume, budget: maxBytes(object, plan) })
  signal.throwIfAborted()
  return done
}

interface Reading {
  readonly done: Promise<unknown>
  readonly consume: ExtractionOptions['consume']
  /** What runs away would fill the store. */
  readonly budget: number
}

const readOutput = async (
  run: Pick<FfmpegRun, 'ended' | 'outputs' | 'stop'>,
  { done, consume, budget }: Reading,
): Promise<void> => {
  const [pipe] = run.outputs
  if (!pipe) throw new Error('a run with one output has one')
  let spent = 0
  const watch = (chunk: Uint8Array): void => {
    spent += chunk.length
    if (spent > budget) run.stop({ type: 'output_limit', bytes: budget })
  }
  // FFmpeg's own end, which whoever stores the bytes may have put into other words.
  const failures: unknown[] = []
  const bytes = async function* () {
    try {
      yield* bytesOf(pipe, { done, watch })
    } catch (error) {
      failures.push(error)
      throw error
    }
  }
  try {
    await consume(bytes())
  } catch (error) {
    run.stop({ type: 'cancelled' })
    pipe.destroy()
    await run.ended
    throw failures.length > 0 ? failures[0] : error
  }
}

const MOST_BYTES_PER_MS = 40

/** A copy is no larger than the source; an encode keeps to its rate, over a duration that may be wrong. */
const maxBytes = ({ sizeBytes }: PinnedSource, { durationMs }: ExtractionPlan): number =>
  sizeBytes + 4 * MOST_BYTES_PER_MS * durationMs + (64 << 20)
