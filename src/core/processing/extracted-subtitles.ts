import type { Asset } from '../catalog/asset.ts'
import type { SourceMedia, SourceSubtitle } from '../catalog/media.ts'
import { textTracks, trackName } from '../catalog/subtitle-tracks.ts'
import { SubtitleDefect } from '../packaging/cue.ts'
import type { ObjectStore } from '../shared/object-store.ts'
import type { TaskContext } from '../shared/task.ts'
import { type AddedText, cuesOf } from './added-subtitles.ts'
import { permanently } from './media-task.ts'
import { MediaFailure, type MediaTool, type PinnedSource } from './ports.ts'
import { type SourceDeps, storedSource } from './stored-source.ts'

interface Deps extends SourceDeps {
  readonly store: Pick<ObjectStore, 'head'>
  readonly media: Pick<MediaTool, 'extractSubtitles'>
}

interface Extracted {
  readonly texts: readonly AddedText[]
  /** What was left out, and why, in plain words. */
  readonly notes: readonly string[]
}

/** The text tracks of an asset's source. What cannot be read is left out. */
export const extractedSubtitles = async (deps: Deps, asset: Asset, context: TaskContext): Promise<Extracted> => {
  if (!asset.media) throw new Error('subtitles follow the probe')
  const source = await storedSource(deps, { asset, signal: context.signal })
  const tracks = textTracks(asset.media)
  const read = { media: deps.media, source, durationMs: asset.media.durationMs, context }
  const texts: AddedText[] = []
  const notes: string[] = []
  for (const { track, vtt } of await permanently(readTracks(read, tracks))) {
    const found = vtt instanceof Uint8Array ? textOf(track, vtt) : vtt
    if (typeof found === 'string') notes.push(`Left out: ${trackName(track)}, which ${found}`)
    else texts.push(found)
  }
  return { texts, notes }
}

interface Read {
  readonly media: Deps['media']
  readonly source: PinnedSource
  readonly durationMs: SourceMedia['durationMs']
  readonly context: TaskContext
}

interface ReadTrack {
  readonly track: SourceSubtitle
  /** A text says why there is none. */
  readonly vtt: Uint8Array | string
}

/** All at once; where that fails, each alone, so that one that is damaged does not cost the others. */
const readTracks = async (read: Read, tracks: readonly SourceSubtitle[]): Promise<readonly ReadTrack[]> => {
  const { media, source, durationMs, context } = read
  const { signal, progress } = context
  try {
    const texts = await media.extractSubtitles(
      source,
      { streams: tracks.map(({ stream }) => stream), durationMs },
      { signal, onProgress: (positionMs) => progress(Math.min(1, positionMs / Math.max(durationMs, 1))) },
    )
    return tracks.map((track, n) => ({ track, vtt: texts[n] ?? 'is missing' }))
  } catch (error) {
    if (!(error instanceof MediaFailure && error.permanent)) throw error
    const [first] = tracks
    if (tracks.length === 1 && first) return [{ track: first, vtt: `cannot be read: ${error.reason}` }]
    const each: ReadTrack[] = []
    for (const track of tracks) each.push(...(await readTracks(read, [track])))
    return each
  }
}

const textOf = ({ language = 'und', title }: SourceSubtitle, vtt: Uint8Array): AddedText | string => {
  try {
    return { type: 'VTT', language, ...(title !== undefined && { title }), cues: cuesOf(vtt, 'VTT') }
  } catch (error) {
    if (error instanceof SubtitleDefect) return error.message
    throw error
  }
}
