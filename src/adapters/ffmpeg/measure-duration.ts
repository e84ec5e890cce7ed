import { inputArguments } from './input-arguments.ts'
import { shortRun } from './media-limits.ts'
import type { RegisteredSource } from './range-proxy.ts'
import { runFfmpeg } from './run.ts'
import type { ToolContext } from './tool-context.ts'

/** Reading that much from a store takes about as long as a short run may. */
const MAX_BYTES = 1 << 30

/** Walks all packets without decoding; for headers that don't say how long it is. `undefined` when that would take too long. */
export const measureDuration = async (
  tool: ToolContext,
  source: RegisteredSource,
  signal: AbortSignal,
): Promise<number | undefined> => {
  if (source.reader.object.sizeBytes > MAX_BYTES) return undefined
  const copied = await runFfmpeg({
    ffmpegPath: tool.ffmpegPath,
    args: [...inputArguments(source.url), '-map', '0:v?', '-map', '0:a?', '-c', 'copy', '-f', 'null', '-'],
    limits: shortRun(tool.limits),
    isWaiting: () => source.reader.isWaiting,
    signal,
  })
  if (source.reader.failure) throw source.reader.failure
  return copied.stop ? undefined : copied.progress.outTimeMs
}
