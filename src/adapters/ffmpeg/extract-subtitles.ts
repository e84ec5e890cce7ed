import type { Readable } from 'node:stream'
import type { Cue } from '../../core/packaging/cue.ts'
import type { ExtractionOptions, PinnedSource, SubtitleTracks } from '../../core/processing/ports.ts'
import { explainExit } from './explain-exit.ts'
import { extractedCues } from './extracted-cues.ts'
import { inputArguments } from './input-arguments.ts'
import { encodeRun } from './media-limits.ts'
import { FfmpegRun, FIRST_OUTPUT } from './run.ts'
import type { ToolContext } from './tool-context.ts'

interface Extract {
  readonly tracks: SubtitleTracks
  readonly options: Pick<ExtractionOptions, 'onProgress' | 'signal'>
}

const MOST_BYTES = 16 * 2 ** 20

/** `MediaTool.extractSubtitles`: the file is read once, one output for each track. FFmpeg moves its clock to 0 as it does for an encode. */
export const extractSubtitles = async (
  tool: ToolContext,
  object: PinnedSource,
  { tracks, options }: Extract,
): Promise<readonly (readonly Cue[])[]> => {
  using source = tool.proxy.register(object)
  const { signal } = options
  const limits = encodeRun(tool.limits, tracks.durationMs)
  const run = new FfmpegRun({
    ffmpegPath: tool.ffmpegPath,
    args: [
      ...['-v', 'error', '-threads', '1', '-max_error_rate', '1', ...inputArguments(source.url)],
      ...tracks.streams.flatMap((stream, n) => [
        ...['-map', `0:${stream}`, '-c:s', 'webvtt', '-flush_packets', '1'],
        // Or one cue before the picture moves all of its track.
        ...['-avoid_negative_ts', 'disabled', '-f', 'webvtt', `pipe:${FIRST_OUTPUT + n}`],
      ]),
    ],
    // Between two cues there may be an hour, and no progress is seen in it.
    limits: { ...limits, noProgressMs: limits.wallMs },
    signal,
    outputs: tracks.streams.length,
    isWaiting: () => source.reader.isWaiting,
    onProgress: ({ outTimeMs }) => outTimeMs !== undefined && options.onProgress(outTimeMs),
  })
  const [texts, exit] = await Promise.all([Promise.all(run.outputs.map((pipe) => collect(run, pipe))), run.ended])
  signal.throwIfAborted()
  const failure = source.reader.failure ?? explainExit(exit)
  if (failure) throw failure
  return texts.map(extractedCues)
}

const collect = async (run: FfmpegRun, pipe: Readable): Promise<Uint8Array> => {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of pipe) {
    size += chunk.length
    if (size > MOST_BYTES) run.stop({ type: 'output_limit', bytes: MOST_BYTES })
    else chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}
