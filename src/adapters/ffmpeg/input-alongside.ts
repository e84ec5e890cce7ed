import { inputArguments } from './input-arguments.ts'
import { readHeader } from './probe.ts'
import type { RegisteredSource } from './range-proxy.ts'
import type { ToolContext } from './tool-context.ts'

interface Pair {
  readonly source: RegisteredSource
  readonly sound: RegisteredSource
}

/**
 * The sound as the second input. FFmpeg moves the beginning of each input to 0, which would move two that share a clock against each
 * other, so the difference is put back. Packed audio knows no clock and is taken to begin with the picture.
 */
export const inputAlongside = async (
  tool: ToolContext,
  { source, sound }: Pair,
  signal: AbortSignal,
): Promise<readonly string[]> => {
  const [picture, other] = await Promise.all([readHeader(tool, source, signal), readHeader(tool, sound, signal)])
  const offset = PACKED.test(other.container) ? 0 : other.startSeconds - picture.startSeconds
  return ['-itsoffset', offset.toFixed(6), ...inputArguments(sound.url)]
}

const PACKED = /^(?:aac|mp3|ac3|eac3)$/
