import type { Capabilities } from './capabilities.ts'
import type { MediaLimits } from './media-limits.ts'
import type { RangeProxy } from './range-proxy.ts'

/** What every use of FFmpeg needs. */
export interface ToolContext {
  readonly ffmpegPath: string
  readonly capabilities: Capabilities
  readonly proxy: RangeProxy
  readonly limits: MediaLimits
  /** Processors that one FFmpeg may keep busy. */
  readonly processors: number
}
