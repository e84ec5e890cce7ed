import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { createMediaTool, type MediaToolOptions } from '../../src/adapters/ffmpeg/media-tool.ts'
import { createLocalObjectStore } from '../../src/adapters/object-store/local.ts'
import type { SourceMedia } from '../../src/core/catalog/media.ts'
import type { EncodePlan } from '../../src/core/processing/encode-plan.ts'
import { planEncode } from '../../src/core/processing/ladder.ts'
import type { EncodeOptions, EncodeReport, MediaTool, PinnedObject } from '../../src/core/processing/ports.ts'
import type { ObjectStore } from '../../src/core/shared/object-store.ts'
import { SYSTEM_SETTINGS } from '../../src/core/templates/system-groups.ts'
import { ffmpegPath } from '../support/ffmpeg.ts'

export const BUCKET = 'media'

/** A media tool on a real store in a folder of its own. */
export class Workbench implements AsyncDisposable {
  readonly folder: string
  readonly store: ObjectStore
  readonly tool: MediaTool & AsyncDisposable

  private constructor(folder: string, store: ObjectStore, tool: MediaTool & AsyncDisposable) {
    this.folder = folder
    this.store = store
    this.tool = tool
  }

  static async open(options: Partial<MediaToolOptions> = {}): Promise<Workbench> {
    const folder = await mkdtemp(join(tmpdir(), 'telecine-ffmpeg-'))
    await mkdir(join(folder, BUCKET))
    const store = createLocalObjectStore({
      root: folder,
      publicUrl: () => 'http://127.0.0.1',
      signingSecret: Buffer.from('for tests'),
      now: () => new Date(),
    })
    const tool = await createMediaTool({ ffmpegPath: await ffmpegPath(), store, processors: 2, ...options })
    return new Workbench(folder, store, tool)
  }

  /** Where the object of that key lies; a test may change it there. */
  pathOf(key: string): string {
    return join(this.folder, BUCKET, key)
  }

  async put(file: string): Promise<PinnedObject> {
    await copyFile(file, this.pathOf(basename(file)))
    return await this.pin(basename(file))
  }

  async putBytes(key: string, bytes: Uint8Array | string): Promise<PinnedObject> {
    await writeFile(this.pathOf(key), bytes)
    return await this.pin(key)
  }

  async probe(file: string): Promise<SourceMedia> {
    return await this.tool.probe(await this.put(file), never)
  }

  /** Encodes it all and keeps the outputs. */
  async encode(
    file: string,
    change: (plan: EncodePlan) => EncodePlan = (plan) => plan,
    marks: readonly PinnedObject[] = [],
  ): Promise<Encoded> {
    const source = await this.put(file)
    const media = await this.tool.probe(source, never)
    const plan = change(planEncode(media, { ...SYSTEM_SETTINGS, segmentSeconds: 1 }))
    const videos: Buffer[] = []
    const audios: Buffer[] = []
    const report = await this.tool.encode(source, plan, {
      signal: never,
      marks,
      onProgress: () => undefined,
      consume: async (output, bytes) => {
        const whole = await joined(bytes)
        if (output.type === 'video') videos[output.rung] = whole
        else audios.push(whole)
      },
    })
    return { plan, report, videos, audio: audios[0] }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.tool[Symbol.asyncDispose]()
    await rm(this.folder, { recursive: true, force: true })
  }

  /** The version of an object that lies there now. */
  async pin(key: string): Promise<PinnedObject> {
    const info = await this.store.head({ bucket: BUCKET, key })
    if (!info) throw new Error(`${key} is not in the store`)
    return { bucket: BUCKET, key, sizeBytes: info.sizeBytes, etag: info.etag }
  }
}

export interface Encoded {
  readonly plan: EncodePlan
  readonly report: EncodeReport
  readonly videos: readonly Buffer[]
  readonly audio: Buffer | undefined
}

/** For calls that a test does not mean to end. */
export const never = new AbortController().signal

export const joined = async (bytes: AsyncIterable<Uint8Array>): Promise<Buffer> => {
  const chunks: Uint8Array[] = []
  for await (const chunk of bytes) chunks.push(chunk)
  return Buffer.concat(chunks)
}

/** Reads everything and keeps nothing. */
export const discard: EncodeOptions['consume'] = async (_, bytes) => {
  for await (const _chunk of bytes);
}
