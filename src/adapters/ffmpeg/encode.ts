import type { Readable } from 'node:stream'
import { copiesPicture, type EncodePlan } from '../../core/processing/encode-plan.ts'
import { encoderArguments } from '../../core/processing/encoder-arguments.ts'
import {
  type EncodeOptions,
  type EncodeReport,
  MediaFailure,
  type PinnedSource,
  type PlannedTrack,
} from '../../core/processing/ports.ts'
import { complaintsIn, explainExit } from './explain-exit.ts'
import { headerChange } from './header-change.ts'
import { inputAlongside } from './input-alongside.ts'
import { openMarks } from './mark-inputs.ts'
import { encodeRun } from './media-limits.ts'
import { planInputs } from './plan-inputs.ts'
import { FfmpegRun, FIRST_OUTPUT } from './run.ts'
import type { ToolContext } from './tool-context.ts'

interface Encode {
  readonly plan: EncodePlan
  readonly options: EncodeOptions
}

/** `MediaTool.encode`: one process, one decode, all tracks read at the same time. */
export const encode = async (
  tool: ToolContext,
  object: PinnedSource,
  { plan, options }: Encode,
): Promise<EncodeReport> => {
  using source = tool.proxy.register(object)
  using sound = options.sound && tool.proxy.register(options.sound)
  const soundInput = sound ? await inputAlongside(tool, { source, sound }, options.signal) : []
  using marks = await openMarks(tool, options)
  const tracks = tracksOf(plan)
  const outputs = tracks.length + (copiesPicture(plan) ? 1 : 0)
  let furthestMs = 0
  const run = new FfmpegRun({
    ffmpegPath: tool.ffmpegPath,
    args: commandLine(tool, { plan, url: source.url, soundInput, marks: marks.inputs, outputs }),
    limits: encodeRun(tool.limits, plan.media.durationMs),
    signal: options.signal,
    outputs,
    isWaiting: () => source.reader.isWaiting || sound?.reader.isWaiting === true || marks.isWaiting(),
    onProgress: ({ outTimeMs }) => {
      // In the last report it may fall back to the end of the shortest output.
      if (outTimeMs === undefined || outTimeMs <= furthestMs) return
      furthestMs = outTimeMs
      options.onProgress(outTimeMs)
    },
  })
  const done = run.ended.then((exit) => {
    const failure = source.reader.failure ?? sound?.reader.failure ?? marks.failure() ?? explainExit(exit)
    if (failure) throw failure
    return reportOf(plan, { frames: run.progress.frames, stderr: exit.stderr })
  })
  // Seen by every track's reader, and in the end; meanwhile not a rejection that nobody handles.
  done.catch(() => undefined)
  const listing = run.outputs[tracks.length]
  const [errors, changesAtSeconds] = await Promise.all([
    readTracks(run, { tracks, done, budget: maxOutputBytes(plan), consume: options.consume }),
    listing && headerChange(listing),
  ])
  const report = await done.catch((error: unknown) => void errors.push(error))
  options.signal.throwIfAborted()
  // In order of time: the first is the cause, the others follow from it.
  if (!report || errors.length > 0) throw errors[0]
  return { ...report, ...(changesAtSeconds !== undefined && { changesAtSeconds }) }
}

interface Reading {
  readonly tracks: readonly PlannedTrack[]
  readonly consume: EncodeOptions['consume']
  readonly done: Promise<unknown>
  /** Encoders keep to their rates; an output that runs away would fill the store. */
  readonly budget: number
}

/** Answers what went wrong, in order of time. */
const readTracks = async (run: FfmpegRun, reading: Reading): Promise<unknown[]> => {
  const errors: unknown[] = []
  let spent = 0
  const read = async (pipe: Readable, track: PlannedTrack): Promise<void> => {
    const watch = (chunk: Uint8Array): void => {
      spent += chunk.length
      if (spent > reading.budget) run.stop({ type: 'output_limit', bytes: reading.budget })
    }
    try {
      await reading.consume(track, bytesOf(pipe, { done: reading.done, watch }))
      if (!pipe.readableEnded) throw new Error('a track of the encoder was not read to its end')
    } catch (error) {
      errors.push(error)
      run.stop({ type: 'cancelled' })
      pipe.destroy()
    }
  }
  const pairs = run.outputs.flatMap((pipe, n) => (reading.tracks[n] ? [{ pipe, track: reading.tracks[n] }] : []))
  await Promise.all(pairs.map(({ pipe, track }) => read(pipe, track)))
  return errors
}

const tracksOf = (plan: EncodePlan): readonly PlannedTrack[] => [
  ...plan.rungs.map((_, rung) => ({ type: 'video', rung }) as const),
  ...plan.sounds.map((_, sound) => ({ type: 'audio', sound }) as const),
]

interface Command {
  readonly plan: EncodePlan
  readonly url: string
  /** Empty: the sound lies with the picture. */
  readonly soundInput: readonly string[]
  readonly marks: readonly string[]
  readonly outputs: number
}

const commandLine = (tool: ToolContext, { plan, url, soundInput, marks, outputs }: Command): readonly string[] => [
  ...['-v', 'error', '-threads', String(Math.min(tool.processors, 16))],
  // Strict first: damage is to be known, not to be papered over. Then FFmpeg's own limit of bad frames must not end it.
  ...(plan.tolerant ? ['-max_error_rate', '1'] : ['-xerror']),
  ...planInputs(tool, plan, url),
  ...soundInput,
  ...marks,
  ...encoderArguments(plan, {
    soundInput: soundInput.length > 0 ? 1 : 0,
    firstMarkInput: soundInput.length > 0 ? 2 : 1,
    processors: tool.processors,
    targets: Array.from({ length: outputs }, (_, n) => `pipe:${FIRST_OUTPUT + n}`),
  }),
]

interface Watched {
  readonly done: Promise<unknown>
  readonly watch: (chunk: Uint8Array) => void
}

/** Ends well only when FFmpeg did, so that nobody takes what a broken encode left for a whole output. */
export async function* bytesOf(pipe: Readable, { done, watch }: Watched): AsyncGenerator<Uint8Array> {
  for await (const chunk of pipe) {
    watch(chunk)
    yield chunk
  }
  await done
}

/** A group may ask for less than any encoder can do. */
const LEAST_KBPS = 1000

/** Twice the highest rates over a duration that may be wrong by as much, and room for the headers. */
const maxOutputBytes = ({ rungs, sounds, media }: EncodePlan): number => {
  const pictures = rungs.reduce((sum, rung) => sum + Math.max(rung.bitrateKbps, LEAST_KBPS) * 1.5, 0)
  const kbps = sounds.reduce((sum, { bitrateKbps }) => sum + bitrateKbps, pictures)
  return Math.ceil(((kbps * Math.max(media.durationMs, 60_000)) / 8) * 4) + (64 << 20)
}

const reportOf = (
  plan: EncodePlan,
  { frames, stderr }: { readonly frames: number; readonly stderr: string },
): EncodeReport => {
  const isEncoded = plan.rungs.some(({ copied }) => !copied)
  if (isEncoded && frames === 0) throw new MediaFailure('no picture could be decoded', { permanent: true })
  return { frames, complaints: complaintsIn(stderr) }
}
