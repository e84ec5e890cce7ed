import { isSegmented } from '../catalog/rendition.ts'
import { ADTS_HEADER_BYTES, adtsFormat, adtsHeader } from '../packaging/adts.ts'
import { concat } from '../packaging/boxes.ts'
import { boundaries } from '../packaging/check-track.ts'
import { type Mp3Sound, mp3InfoFrame } from '../packaging/mp3-info-frame.ts'
import { type CutMedia, progressiveMp4 } from '../packaging/progressive-mp4.ts'
import type { SampleTable } from '../packaging/sample-table.ts'
import type { ObjectStore } from '../shared/object-store.ts'
import { readOpened } from '../shared/read-opened.ts'
import { type ReusedMemory, reusedMemory } from '../shared/reused-memory.ts'
import { SuspectFailure } from '../shared/task.ts'
import { type EncodedLadder, runsWith, trackName, tracksOf } from './encode-ladder.ts'
import { type LadderOutput, ladderOutputs, tracksIn } from './ladder-outputs.ts'
import type { MediaTool } from './ports.ts'
import { INIT_FILE, type StoredTrack } from './store-track.ts'

export interface FilesTarget {
  readonly store: Pick<ObjectStore, 'head' | 'open' | 'putStream' | 'remove'>
  readonly media: Pick<MediaTool, 'probe'>
  readonly bucket: string
  /** Key prefix that ends in the asset's play folder. */
  readonly playFolder: string
  readonly signal: AbortSignal
}

/**
 * Writes the outputs that are one file, from the samples that lie in the store already: nothing is encoded again, and one segment is
 * in memory at a time. Answers the size of each file by its name.
 */
export const writeFiles = async (target: FilesTarget, ladder: EncodedLadder): Promise<ReadonlyMap<string, number>> => {
  const sizes = new Map<string, number>()
  for (const output of ladderOutputs(ladder)) {
    if (isSegmented(output.format)) continue
    const { sizeBytes, bytes } = fileOf(target, output)
    const object = { bucket: target.bucket, key: target.playFolder + output.file }
    const { signal } = target
    await target.store.putStream(object, bytes, { contentType: CONTENT_TYPES[output.format], sizeBytes, signal })
    await checkFile(target, output, sizeBytes)
    sizes.set(output.file, sizeBytes)
  }
  return sizes
}

const CONTENT_TYPES = {
  ...{ HLS: 'application/vnd.apple.mpegurl', DASH: 'application/dash+xml' },
  ...{ MP4: 'video/mp4', MP3: 'audio/mpeg', ADTS: 'audio/aac' },
} as const

interface OutputFile {
  readonly sizeBytes: number
  readonly bytes: AsyncIterable<Uint8Array>
}

/** One track as the segments of its folder, with the table that says where each sample lies in them. */
interface Source {
  readonly folder: string
  readonly track: StoredTrack
  readonly table: SampleTable
  readonly memory: ReusedMemory
}

const fileOf = (target: FilesTarget, { format, run, picture, sound }: LadderOutput): OutputFile => {
  const sources = [picture, sound].flatMap((one): readonly Source[] => {
    if (!one) return []
    const { table } = one.track
    if (!table) throw new Error('the samples of a track that a file is made of must be kept')
    return [{ folder: `${trackName(run, one.of)}/`, track: one.track, table, memory: reusedMemory() }]
  })
  const [first] = sources
  if (!first) throw new Error('an output has a track')
  switch (format) {
    case 'ADTS':
      return adtsFile(target, first)
    case 'MP3':
      return mp3File(target, first, sound?.audio)
    default:
      return mp4File(target, sources)
  }
}

const mp4File = (target: FilesTarget, sources: readonly Source[]): OutputFile => {
  const { head, order, sizeBytes } = progressiveMp4(sources.map(cutMedia))
  const bytes = async function* () {
    yield* head
    for (const { track, segment } of order) {
      const source = sources[track]
      if (source) yield* payloadOf(target, source, segment)
    }
  }
  return { sizeBytes, bytes: bytes() }
}

const cutMedia = ({ track, table }: Source): CutMedia => ({ init: track.init.bytes, table, endSeconds: endOf(track) })

/** MP3 frames describe themselves; the first one tells the rest. */
const mp3File = (target: FilesTarget, source: Source, sound: Mp3Sound | undefined): OutputFile => {
  const head = sound ? mp3InfoFrame(cutMedia(source), sound) : new Uint8Array()
  const bytes = async function* () {
    yield head
    for (const segment of source.table.segments.keys()) yield* payloadOf(target, source, segment)
  }
  return { sizeBytes: head.length + sum(source.table.sizes), bytes: bytes() }
}

const adtsFile = (target: FilesTarget, source: Source): OutputFile => {
  const { sizes, segments } = source.table
  const format = adtsFormat(source.track.init.bytes)
  const bytes = async function* () {
    let sample = 0
    for (const [segment, { samples }] of segments.entries()) {
      for await (const payload of payloadOf(target, source, segment)) {
        let at = 0
        const frames = sizes.slice(sample, sample + samples).flatMap((size) => {
          at += size
          return [adtsHeader(format, size), payload.subarray(at - size, at)]
        })
        yield concat(frames)
      }
      sample += samples
    }
  }
  return { sizeBytes: sum(sizes) + sizes.length * ADTS_HEADER_BYTES, bytes: bytes() }
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)

/** The samples of a segment of ours, which are its last bytes, until the next ones are asked for. */
async function* payloadOf(
  { store, bucket, playFolder, signal }: FilesTarget,
  { folder, track, table, memory }: Source,
  at: number,
): AsyncGenerator<Uint8Array> {
  const [segment, samples] = [track.segments[at], table.segments[at]]
  if (!segment || !samples) throw new Error('the table has an entry for each segment')
  const object = { bucket, key: playFolder + folder + segment.file }
  const opened = await store.open(object, signal)
  if (opened?.info.sizeBytes !== segment.sizeBytes) {
    await opened?.close()
    throw new SuspectFailure('a stored segment has another size than was written')
  }
  const bytes = memory.take(segment.sizeBytes)
  await readOpened(opened, bytes)
  yield bytes.subarray(bytes.length - samples.bytes)
  memory.give(bytes)
}

const endOf = (track: StoredTrack): number => boundaries(track).at(-1) ?? 0

/** Formats without an index tell their duration by their frames, whose last one may be padding. */
const SAME_END_MS = 250

/** Whole in the store, and FFmpeg sees in it what it was made of. */
const checkFile = async (target: FilesTarget, output: LadderOutput, sizeBytes: number): Promise<void> => {
  const { store, media, bucket, playFolder, signal } = target
  const object = { bucket, key: playFolder + output.file }
  const found = await store.head(object, signal)
  if (found?.sizeBytes !== sizeBytes) throw unverified('it is not in the store as it was written')
  const { durationMs, video, audio } = await media.probe({ ...object, sizeBytes, etag: found.etag }, signal)
  const endMs = Math.max(...tracksIn(output).map(endOf)) * 1000
  if (Math.abs(durationMs - endMs) > SAME_END_MS) {
    throw unverified(`it lasts ${(durationMs / 1000).toFixed(3)} s instead of ${(endMs / 1000).toFixed(3)} s`)
  }
  const { width, height } = output.picture?.track.init ?? {}
  const wanted = output.picture ? `${width}x${height}` : 'no picture'
  const seen = video ? `${video.codedWidth}x${video.codedHeight}` : 'no picture'
  if (seen !== wanted) throw unverified(`it has ${seen} instead of ${wanted}`)
  if (!audio && output.sound) throw unverified('it has no sound')
}

const unverified = (finding: string): SuspectFailure =>
  new SuspectFailure(`an output file did not pass its check: ${finding}`)

/** Segments that only went into files are not served, so they need not stay. Afterwards no file can be written any more. */
export const removeUnused = async (
  { store, bucket, playFolder, signal }: Omit<FilesTarget, 'media'>,
  ladder: EncodedLadder,
): Promise<void> => {
  const streamed = new Set(
    ladderOutputs(ladder).flatMap(({ format, run, picture, sound }) =>
      isSegmented(format) ? [picture, sound].flatMap((one) => (one ? trackName(run, one.of) : [])) : [],
    ),
  )
  const stored = tracksOf(ladder).flatMap(({ of, track }) =>
    runsWith(ladder, of).map((run) => ({ name: trackName(run, of), track })),
  )
  for (const { name, track } of stored) {
    if (streamed.has(name)) continue
    const folder = `${playFolder}${name}/`
    await store.remove(
      bucket,
      [INIT_FILE, ...track.segments.map(({ file }) => file)].map((file) => folder + file),
      signal,
    )
  }
}
