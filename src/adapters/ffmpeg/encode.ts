import type { Readable } from 'node:stream'
import { type EncodePlan, partSeconds, rungsOf, soundsOf } from '../../core/processing/encode-plan.ts'
import {
  type EncoderOutput,
  encoderArguments,
  encoderOutputs,
  soundArguments,
} from '../../core/processing/encoder-arguments.ts'
import {
  type EncodeOptions,
  type EncodeReport,
  MediaFailure,
  type PinnedSource,
  type PlannedTrack,
} from '../../core/processing/ports.ts'
import { complaintsIn, explainExit } from './explain-exit.ts'
import { frameFormChange } from './frame-form-change.ts'
import { headerChange } from './header-change.ts'
import { inputAlongside } from './input-alongside.ts'
import { JoinedRun } from './joined-run.ts'
import { openMarks } from './mark-inputs.ts'
import { encodeRun } from './media-limits.ts'
import { planInputs } from './plan-inputs.ts'
import { FfmpegRun, FIRST_OUTPUT } from './run.ts'
import type { ToolContext } from './tool-context.ts'

interface Encode {
  readonly plan: EncodePlan
  readonly options: EncodeOptions
}

/** `MediaTool.encode`: one decode, all tracks read at the same time. */
export const encode = async (
  tool: ToolContext,
  object: PinnedSource,
  { plan, options }: Encode,
): Promise<EncodeReport> => {
  using source = tool.proxy.register(object)
  using sound = options.sound && tool.proxy.register(options.sound)
  const soundInput = sound ? await inputAlongside(tool, { source, sound }, options.signal) : []
  using marks = await openMarks(tool, options)
  const outputs = encoderOutputs(plan)
  const limits = encodeRun(tool.limits, partSeconds(plan) * 1000)
  const { signal } = options
  let furthestMs = 0
  const run = new FfmpegRun({
    ffmpegPath: tool.ffmpegPath,
    args: commandLine(tool, { plan, url: source.url, soundInput, marks: marks.inputs, outputs: outputs.length }),
    limits,
    signal,
    outputs: outputs.length,
    isWaiting: () => source.reader.isWaiting || sound?.reader.isWaiting === true || marks.isWaiting(),
    onProgress: ({ outTimeMs }) => {
      // In the last report it may fall back to the end of the shortest output.
      if (outTimeMs === undefined || outTimeMs <= furthestMs) return
      furthestMs = outTimeMs
      options.onProgress(outTimeMs)
    },
  })
  const pipe = run.outputs[outputs.findIndex(({ type }) => type === 'decoded_sound')]
  const args = (targets: readonly string[]) => soundArguments(plan, targets)
  const joined = pipe && new JoinedRun(tool, run, { pipe, args, outputs: plan.sounds.length, limits, signal })
  const done = (joined ?? run).ended.then((exit) => {
    const failure = source.reader.failure ?? sound?.reader.failure ?? marks.failure() ?? explainExit(exit)
    if (failure) throw failure
    return reportOf(plan, { frames: run.progress.frames, stderr: exit.stderr })
  })
  // Seen by every track's reader, and in the end; meanwhile not a rejection that nobody handles.
  done.catch(() => undefined)
  const tracks = [...tracksAmong(outputs, run), ...encodedSounds(joined)]
  const [errors, changes] = await Promise.all([
    readTracks(joined ?? run, { tracks, done, budget: maxOutputBytes(plan), consume: options.consume }),
    changesAmong(outputs, run),
  ])
  const report = await done.catch((error: unknown) => void errors.push(error))
  signal.throwIfAborted()
  // In order of time: the first is the cause, the others follow from it.
  if (!report || errors.length > 0) throw errors[0]
  return { ...report, ...changes }
}

/** Of what is copied: when it first becomes something else than it began as. */
const changesAmong = async (
  outputs: readonly EncoderOutput[],
  run: FfmpegRun,
): Promise<Pick<EncodeReport, 'changesAtSeconds' | 'soundChangesAtSeconds'>> => {
  const read = async (type: EncoderOutput['type'], how: (pipe: Readable) => Promise<number | undefined>) => {
    const pipe = run.outputs[outputs.findIndex((output) => output.type === type)]
    return pipe && how(pipe)
  }
  const [picture, ...sound] = await Promise.all([
    read('picture_headers', (pipe) => headerChange(pipe, 'picture')),
    read('sound_headers', (pipe) => headerChange(pipe, 'sound')),
    read('sound_packets', frameFormChange),
  ])
  const [first] = sound.filter((at) => at !== undefined).toSorted((a, b) => a - b)
  return {
    ...(picture !== undefined && { changesAtSeconds: picture }),
    ...(first !== undefined && { soundChangesAtSeconds: first }),
  }
}

interface ReadableTrack {
  readonly track: PlannedTrack
  readonly pipe: Readable
}

const tracksAmong = (outputs: readonly EncoderOutput[], run: FfmpegRun): readonly ReadableTrack[] =>
  run.outputs.flatMap((pipe, n) => {
    const output = outputs[n]
    return output?.type === 'video' || output?.type === 'audio' ? [{ track: output, pipe }] : []
  })

const encodedSounds = (joined: JoinedRun | undefined): readonly ReadableTrack[] =>
  (joined?.outputs ?? []).map((pipe, sound) => ({ track: { type: 'audio', sound }, pipe }))

interface Reading {
  readonly tracks: readonly ReadableTrack[]
  readonly consume: EncodeOptions['consume']
  readonly done: Promise<unknown>
  /** Encoders keep to their rates; an output that runs away would fill the store. */
  readonly budget: number
}

/** Answers what went wrong, in order of time. */
export const readTracks = async (run: Pick<FfmpegRun, 'stop'>, reading: Reading): Promise<unknown[]> => {
  const errors: unknown[] = []
  let spent = 0
  const read = async ({ pipe, track }: ReadableTrack): Promise<void> => {
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
  await Promise.all(reading.tracks.map(read))
  return errors
}

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
    processors: plan.processors ?? tool.processors,
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
const maxOutputBytes = (plan: EncodePlan): number => {
  const pictures = plan.rungs.reduce((sum, rung) => sum + Math.max(rung.bitrateKbps, LEAST_KBPS) * 1.5, 0)
  const kbps = soundsOf(plan).reduce((sum, { bitrateKbps }) => sum + bitrateKbps, pictures)
  return Math.ceil(((kbps * 1000 * Math.max(partSeconds(plan), 60)) / 8) * 4) + (64 << 20)
}

const reportOf = (
  plan: EncodePlan,
  { frames, stderr }: { readonly frames: number; readonly stderr: string },
): EncodeReport => {
  const isEncoded = rungsOf(plan, 'encoded').length > 0
  if (isEncoded && frames === 0) throw new MediaFailure('no picture could be decoded', { permanent: true })
  return { frames, complaints: complaintsIn(stderr) }
}
