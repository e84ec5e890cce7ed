import type { Asset } from '../catalog/asset.ts'
import type { SourceMedia, SourceSubtitle } from '../catalog/media.ts'
import { textTracks, trackName } from '../catalog/subtitle-tracks.ts'
import type { Cue } from '../packaging/cue.ts'
import type { ObjectStore } from '../shared/object-store.ts'
import type { TaskContext } from '../shared/task.ts'
import type { AddedText } from './added-subtitles.ts'
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
  for (const { track, cues } of await permanently(readTracks(read, tracks))) {
    if (typeof cues === 'string') notes.push(`Left out: ${trackName(track)}, which ${cues}`)
    else texts.push(textOf(track, cues))
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
  readonly cues: readonly Cue[] | string
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
    return tracks.map((track, n) => ({ track, cues: texts[n]?.length ? texts[n] : 'has no cue with a text' }))
  } catch (error) {
    if (!(error instanceof MediaFailure && error.permanent)) throw error
    const [first] = tracks
    if (tracks.length === 1 && first) return [{ track: first, cues: `cannot be read: ${error.reason}` }]
    const each: ReadTrack[] = []
    for (const track of tracks) each.push(...(await readTracks(read, [track])))
    return each
  }
}

const textOf = ({ language = 'und', title }: SourceSubtitle, cues: readonly Cue[]): AddedText => ({
  ...{ type: 'VTT', language, cues },
  ...(title !== undefined && { title }),
})
