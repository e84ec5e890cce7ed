import { MediaFailure } from '../../core/processing/ports.ts'
import { complaintsIn, explainExit } from './explain-exit.ts'
import { shortRun } from './media-limits.ts'
import { runFfmpeg } from './run.ts'
import type { ToolContext } from './tool-context.ts'

const BYTES_PER_SAMPLE = 2
/** A quarter of an hour of mono at 48 kHz: more than any segment has. */
const MAX_PCM_BYTES = 96_000 * 900

/**
 * `MediaTool.decode`. Edit lists are ignored, so that every packet counts: AAC gives 1,024 samples for each, the priming
 * ones included.
 */
export const decode = async (
  tool: ToolContext,
  bytes: readonly Uint8Array[],
  { signal, how }: { readonly signal: AbortSignal; readonly how: 'strict' | 'tolerant' },
): Promise<number> => {
  const audio = isAudio(bytes)
  const exit = await runFfmpeg({
    ffmpegPath: tool.ffmpegPath,
    args: [
      ...[
        '-v',
        'error',
        ...(how === 'strict' ? ['-xerror'] : []),
        '-threads',
        '1',
        '-protocol_whitelist',
        'pipe',
        '-ignore_editlist',
        '1',
      ],
      ...[...UNFILTERED, '-f', 'mp4', '-i', 'pipe:0'],
      ...(audio ? AUDIO_ARGUMENTS : VIDEO_ARGUMENTS),
    ],
    limits: shortRun(tool.limits),
    input: bytes,
    outputs: audio ? 1 : 0,
    maxOutputBytes: MAX_PCM_BYTES,
    signal,
  })
  const failure = explainExit(exit)
  if (failure) throw failure
  const [complaint] = complaintsIn(exit.stderr)
  if (complaint && how === 'strict') throw new MediaFailure(`the decoder complains: ${complaint}`, { permanent: true })
  return audio ? exit.output.length / BYTES_PER_SAMPLE : exit.progress.frames
}

/** Before an input that is only to be decoded: every bit is still read, and a fifth of the time saved. */
export const UNFILTERED = ['-skip_loop_filter', 'all']
/** Behind the map of a picture: its frames are counted. By the stream's own ticks: in those of a guessed rate, two frames of an uneven source may fall together. */
export const COUNTED = [
  ...['-vf', 'setpts=N', '-fps_mode', 'passthrough', '-enc_time_base', '-1'],
  ...['-f', 'null', '-'],
]

const VIDEO_ARGUMENTS = ['-map', '0:v:0', ...COUNTED]
const AUDIO_ARGUMENTS = ['-map', '0:a:0', '-ac', '1', '-c:a', 'pcm_s16le', '-f', 's16le', 'pipe:3']

/** By the handler of the first track; `hdlr` is followed by 8 bytes and the type of the track. */
const isAudio = (bytes: readonly Uint8Array[]): boolean => {
  const [init] = bytes
  if (!init) return false
  const header = Buffer.from(init.buffer, init.byteOffset, init.byteLength)
  const handler = header.indexOf('hdlr', 0, 'latin1')
  return handler >= 0 && header.toString('latin1', handler + 12, handler + 16) === 'soun'
}
