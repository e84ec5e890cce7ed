import { type EncodeOptions, MediaFailure, type PinnedObject } from '../../core/processing/ports.ts'
import { complaintsIn, explainExit } from './explain-exit.ts'
import { shortRun } from './media-limits.ts'
import type { RegisteredSource } from './range-proxy.ts'
import { runFfmpeg } from './run.ts'
import type { ToolContext } from './tool-context.ts'

/** Pictures of marks while FFmpeg reads them. */
export interface OpenMarks extends Disposable {
  /** What stands for them behind the other inputs. */
  readonly inputs: readonly string[]
  isWaiting(): boolean
  failure(): Error | undefined
}

/** Throws `MediaFailure` for one that cannot be decoded: nobody could tell whose fault it is in the midst of an encode. */
export const openMarks = async (
  tool: ToolContext,
  { marks = [], signal }: Pick<EncodeOptions, 'marks' | 'signal'>,
): Promise<OpenMarks> => {
  using opened = new DisposableStack()
  const sources = marks.map((mark) => ({ mark, source: opened.use(tool.proxy.register(mark)) }))
  for (const { mark, source } of sources) await checkMark(tool, source, { mark, signal })
  const readers = sources.map(({ source }) => source.reader)
  const stack = opened.move()
  return {
    inputs: sources.flatMap(({ mark, source }) => markArguments(mark, source)),
    isWaiting: () => readers.some(({ isWaiting }) => isWaiting),
    failure: () => readers.find(({ failure }) => failure)?.failure,
    [Symbol.dispose]: () => stack.dispose(),
  }
}

/** The largest that is taken; a header that promises more in the midst of a file ends the decoder, not the memory. */
const MOST_PIXELS = 4096 * 4096

/** The format is known, so nothing is guessed; a JPEG is shown as it is stored, as browsers of old would. */
const markArguments = ({ key }: PinnedObject, { url }: RegisteredSource): readonly string[] => {
  const demuxer = key.endsWith('.png') ? 'png_pipe' : 'jpeg_pipe'
  return [
    ...['-protocol_whitelist', 'http,tcp', '-format_whitelist', demuxer, '-f', demuxer],
    ...['-noautorotate', '-threads', '1', '-max_pixels', String(MOST_PIXELS), '-i', url],
  ]
}

interface Checked {
  readonly mark: PinnedObject
  readonly signal: AbortSignal
}

const checkMark = async (tool: ToolContext, source: RegisteredSource, { mark, signal }: Checked): Promise<void> => {
  const exit = await runFfmpeg({
    ffmpegPath: tool.ffmpegPath,
    args: ['-v', 'error', '-xerror', ...markArguments(mark, source), '-frames:v', '1', '-f', 'null', '-'],
    limits: shortRun(tool.limits),
    isWaiting: () => source.reader.isWaiting,
    signal,
  })
  if (source.reader.failure) throw source.reader.failure
  const failure = explainExit(exit)
  if (failure && !failure.permanent) throw failure
  const [complaint] = complaintsIn(exit.stderr)
  if (!failure && complaint === undefined && exit.progress.frames > 0) return
  const name = mark.key.slice(mark.key.lastIndexOf('/') + 1)
  const detail = complaint ?? failure?.reason ?? 'it has no picture'
  throw new MediaFailure(`the watermark's picture ${name} cannot be decoded: ${detail}`, {
    permanent: true,
    cause: failure,
  })
}
