import { segmentTrack } from '../../src/core/packaging/segment-track.ts'
import type { TrackInit, TrackPart, TrackSegment } from '../../src/core/packaging/track-part.ts'
import { type ClipName, clip } from './clips.ts'

export const SEGMENT_SECONDS = 2

export interface Packaged {
  readonly source: Uint8Array
  readonly init: TrackInit
  readonly segments: readonly TrackSegment[]
}

export const chunksOf = async function* (bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.slice(at, at + size)
}

export const collect = async (parts: AsyncIterable<TrackPart>): Promise<Omit<Packaged, 'source'>> => {
  const [init, ...segments] = await Array.fromAsync(parts)
  if (init?.type !== 'init') throw new Error('The first part is not the init segment.')
  return { init, segments: segments.filter((part) => part.type === 'segment') }
}

export const packaged = async (name: ClipName): Promise<Packaged> => {
  const source = await clip(name)
  return { source, ...(await collect(segmentTrack(chunksOf(source, 65_536), { segmentSeconds: SEGMENT_SECONDS }))) }
}
