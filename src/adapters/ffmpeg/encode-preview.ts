import { type PreviewPlan, segmentOf } from '../../core/catalog/preview.ts'
import type { EncodeOptions, PinnedSource, PlannedTrack } from '../../core/processing/ports.ts'
import {
  mostBytes,
  type PreviewPiece,
  pieceOfInput,
  previewArguments,
} from '../../core/processing/preview-arguments.ts'
import type { BlockReader } from './block-reader.ts'
import { readTracks } from './encode.ts'
import { explainExit } from './explain-exit.ts'
import { inputArguments } from './input-arguments.ts'
import { shortRun } from './media-limits.ts'
import { repairMatrix } from './repair-matrix.ts'
import { FfmpegRun, FIRST_OUTPUT } from './run.ts'
import type { ToolContext } from './tool-context.ts'

interface Encode {
  readonly plan: PreviewPlan
  readonly piece: PreviewPiece
  readonly options: Pick<EncodeOptions, 'consume' | 'signal'>
}

/** `MediaTool.encodePreview`. */
export const encodePreview = async (
  tool: ToolContext,
  object: PinnedSource,
  { plan, piece, options: { consume, signal } }: Encode,
): Promise<void> => {
  using source = tool.proxy.register(object)
  const { processors } = tool
  const tracks: readonly PlannedTrack[] = [
    { type: 'video', rung: 0 },
    ...(plan.sound ? [{ type: 'audio', sound: 0 } as const] : []),
  ]
  const targets = tracks.map((_, n) => `pipe:${FIRST_OUTPUT + n}`)
  // A segment is complete when the next one has begun.
  const waitedFor = segmentOf(plan, 'video', piece.first).units + plan.frameRate / 2
  const run = new FfmpegRun({
    ffmpegPath: tool.ffmpegPath,
    args: [
      ...['-v', 'error', '-threads', String(Math.min(processors, 16)), '-max_error_rate', '1'],
      ...[...pieceOfInput(plan, piece), ...inputArguments(source.url, repairMatrix(tool, plan.media.video))],
      ...previewArguments(plan, piece, { targets, processors }),
    ],
    limits: shortRun(tool.limits),
    isUrgent: true,
    // Whoever waits for another place needs the processors more than who has the first segment of this one.
    onProgress: ({ frames }) => frames > waitedFor && run.giveWay(),
    signal,
    outputs: tracks.length,
    isWaiting: () => source.reader.isWaiting,
  })
  const done = run.ended.then((exit) => {
    const failure = source.reader.failure ?? explainExit(exit)
    if (failure) throw failure
  })
  // Seen by every track's reader, and in the end.
  done.catch(() => undefined)
  const reading = tracks.flatMap((track, n) => {
    const pipe = run.outputs[n]
    return pipe ? [{ track, pipe }] : []
  })
  const errors = await readTracks(run, {
    ...{ tracks: reading, done, budget: mostBytes(plan, piece) },
    consume: (track, bytes) => consume(track, whileReadable(bytes, source.reader)),
  })
  await done.catch((error: unknown) => void errors.push(error))
  signal.throwIfAborted()
  if (errors.length > 0) throw errors[0]
}

/** FFmpeg takes a source that cannot be read any more for one that ends there, and fills up what is missing: nothing of that is to be kept. */
async function* whileReadable(bytes: AsyncIterable<Uint8Array>, reader: Pick<BlockReader, 'failure'>) {
  for await (const chunk of bytes) {
    if (reader.failure) throw reader.failure
    yield chunk
  }
}
