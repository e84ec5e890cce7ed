import { nudityEngine } from '../src/adapters/moderation/nudity-engine.ts'
import type { Asset } from '../src/core/catalog/asset.ts'
import type { PinnedObject } from '../src/core/processing/ports.ts'
import { takeFrames } from '../src/core/processing/take-frames.ts'
import type { Picture } from '../src/core/review/ports.ts'
import { parseAssetId, parseProjectId } from '../src/core/shared/ids.ts'
import type { Bench } from './bench.ts'
import { webClip } from './clips.ts'
import { openClip } from './encodes.ts'
import type { Figure } from './figure.ts'
import { measureChildren } from './measure.ts'

const INTERVAL_SECONDS = 5
/** As a review does. */
const AT_ONCE = 8

/**
 * Line (h): the pictures of a review, from opening the film to the last score: FFmpeg, the proxy that it reads through, and the model with
 * its loading.
 */
export const reviewFilm = async (bench: Bench): Promise<readonly Figure[]> => {
  const clip = await webClip(bench)
  await using opened = await openClip(bench, clip)
  const { media, source, store } = opened
  const probed = await media.probe(source, bench.signal)
  const asset: Asset = { ...assetOf(source), media: probed }
  const grants = { isGranted: async () => true }
  const take = takeFrames({ reader: NO_STREAMS, media, store, grants, serviceBucket: 'none' })
  let pictures = 0
  const cost = await measureChildren(async () => {
    await using look = await nudityEngine.open(bench.signal)
    const request = { asset, scenes: nudityEngine.scenes, signal: bench.signal }
    let waiting: Picture[] = []
    const flush = async () => {
      pictures += (await look.look(waiting, request)).length
      waiting = []
    }
    const consume = async (offset: number, jpeg: Uint8Array) => {
      waiting.push({ offset, jpeg })
      if (waiting.length === AT_ONCE) await flush()
    }
    const wish = { intervalSeconds: INTERVAL_SECONDS, maxSide: 400, signal: bench.signal }
    await take(asset, { ...wish, consume, onProgress: () => undefined })
    await flush()
  })
  const seconds = cost.cpuSeconds + cost.benchCpuSeconds
  return [
    {
      id: `h.${clip.name}`,
      what: `processor time of the pictures of a review, one each ${INTERVAL_SECONDS} s of 1080p`,
      value: seconds,
      unit: 's',
      target: { atMost: 60 },
      parts: {
        ...{ ffmpeg_s: cost.cpuSeconds, proxy_and_model_s: cost.benchCpuSeconds, pictures },
        others_processors: cost.othersProcessors,
      },
    },
  ]
}

/** Of a film in one file nobody asks for these. */
const NO_STREAMS = { assetById: async () => undefined, adoptedFiles: async () => [], renditions: async () => new Map() }

/** It stays where it is, so nothing is copied first. */
const assetOf = (source: PinnedObject): Asset => {
  const [id, projectId] = [parseAssetId('a'.repeat(32)), parseProjectId('b'.repeat(32))]
  if (!id || !projectId) throw new Error('ids have 32 hex digits')
  const made = new Date()
  return {
    ...{ id, projectId, createdAt: made, modifiedAt: made, title: source.key, tags: [], videoType: 'MP4' },
    ...{ videoName: source.key, source, output: { bucket: source.bucket, path: 'reviews' }, sourcePath: source.key },
    ...{ ingest: { state: 'created' }, published: false, publishWhenReady: false, transcode: { state: 'none' } },
    ...{ snapshots: { state: 'none' }, sourceRemoved: false, options: {} },
  }
}
