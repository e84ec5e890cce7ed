import { execFile } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { promisify } from 'node:util'
import type { RangedBytes } from '../../core/packaging/file-boxes.ts'
import type { MediaTool, PinnedObject } from '../../core/processing/ports.ts'
import type { ObjectStore } from '../../core/shared/object-store.ts'
import type { BlockSettings } from './block-reader.ts'
import { readAbilities, readCapabilities } from './capabilities.ts'
import { compare } from './compare.ts'
import { decode } from './decode.ts'
import { encode } from './encode.ts'
import { encodePreview } from './encode-preview.ts'
import { extractAudio } from './extract-audio.ts'
import { extractSubtitles } from './extract-subtitles.ts'
import { findDamage } from './find-damage.ts'
import { firstFrame } from './first-frame.ts'
import { keyframeGap } from './keyframe-gap.ts'
import { keyframes } from './keyframes.ts'
import { DEFAULT_LIMITS, type MediaLimits } from './media-limits.ts'
import { probe } from './probe.ts'
import { RangeProxy } from './range-proxy.ts'
import { snapshots } from './snapshots.ts'
import { storyboard } from './storyboard.ts'
import type { ToolContext } from './tool-context.ts'

export interface MediaToolOptions {
  /** From `locateFfmpeg`. */
  readonly ffmpegPath: string
  /** Where sources are read. */
  readonly store: ObjectStore
  readonly limits?: Partial<MediaLimits>
  /** Processors that one FFmpeg may keep busy; all of them by default. */
  readonly processors?: number
  readonly blocks?: Partial<BlockSettings>
  /** Told once of what works less well on this machine. */
  readonly onNote?: (note: string) => void
}

/**
 * FFmpeg behind the port. Throws at once when the binary lacks something that is needed. Dispose it when its work is done:
 * it holds a loopback server.
 */
export const createMediaTool = async (options: MediaToolOptions): Promise<MediaTool & AsyncDisposable> => {
  const { ffmpegPath, store, processors = availableParallelism(), onNote } = options
  const limits = { ...DEFAULT_LIMITS, ...options.limits }
  const [capabilities, canLimit] = await Promise.all([readCapabilities(ffmpegPath), canLimitMemory(limits.memoryBytes)])
  const abilities = await readAbilities(ffmpegPath, capabilities)
  if (!canLimit) onNote?.('the memory of FFmpeg cannot be limited on this system: `ulimit -v` does not work')
  const proxy = await RangeProxy.start(store, options.blocks)
  const tool: ToolContext = { ffmpegPath, capabilities, proxy, limits, processors }
  return {
    ...{ abilities, processors },
    openBytes: (source, signal) => openBytes(proxy, source, signal),
    probe: (source, signal) => probe(tool, source, signal),
    firstFrame: (source, media, signal) => firstFrame(tool, source, { media, signal }),
    snapshots: (source, plan, snapshotOptions) => snapshots(tool, source, { plan, options: snapshotOptions }),
    keyframes: (source, plan, snapshotOptions) => keyframes(tool, source, { plan, options: snapshotOptions }),
    storyboard: (source, plan, signal) => storyboard(tool, source, { plan, signal }),
    encode: (source, plan, encodeOptions) => encode(tool, source, { plan, options: encodeOptions }),
    encodePreview: (source, what, previewOptions) => encodePreview(tool, source, { ...what, options: previewOptions }),
    keyframeGap: async (object, media, signal) => {
      using source = proxy.register(object)
      return await keyframeGap(tool, source, { media, signal })
    },
    findDamage: (source, media, signal) => findDamage(tool, source, { media, signal }),
    compare: (source, plan, encoded) => compare(tool, source, { plan, encoded }),
    extractAudio: (source, plan, extraction) => extractAudio(tool, source, { plan, options: extraction }),
    extractSubtitles: (source, tracks, extraction) => extractSubtitles(tool, source, { tracks, options: extraction }),
    decode: (bytes, signal, how = 'strict') => decode(tool, bytes, { signal, how }),
    [Symbol.asyncDispose]: () => proxy[Symbol.asyncDispose](),
  }
}

/** Segments of picture and sound lie in the same ones, and some of them are read at once. */
const CACHED_BLOCKS = 24

const openBytes = (proxy: RangeProxy, source: PinnedObject, signal: AbortSignal): RangedBytes & Disposable => {
  const registered = proxy.register(source, { cachedBlocks: CACHED_BLOCKS })
  const end = () => registered[Symbol.dispose]()
  signal.addEventListener('abort', end, { once: true })
  const fill = async (target: Uint8Array, start: number): Promise<void> => {
    if (start + target.length > source.sizeBytes) throw new Error('a source is read within its size')
    await registered.reader.fill(target, start)
    signal.throwIfAborted()
  }
  return {
    sizeBytes: source.sizeBytes,
    fill,
    async read(start, length) {
      const bytes = Buffer.allocUnsafeSlow(length)
      await fill(bytes, start)
      return bytes
    },
    [Symbol.dispose]() {
      signal.removeEventListener('abort', end)
      end()
    },
  }
}

const run = promisify(execFile)

/** macOS has the command but refuses it. */
const canLimitMemory = (bytes: number): Promise<boolean> =>
  run('/bin/sh', ['-c', `ulimit -v ${Math.ceil(bytes / 1024)}`]).then(
    () => true,
    () => false,
  )
