import type { Asset } from '../catalog/asset.ts'
import { isPlaylistType } from '../catalog/video-type.ts'
import { type AdoptedDeps, adoptedSource } from './adopted-source.ts'
import type { PinnedObject, PinnedSource } from './ports.ts'
import { storedSource } from './stored-source.ts'

/** What a transcode reads. */
export interface TranscodeSource {
  readonly source: PinnedSource
  /** Where the sound lies apart. */
  readonly sound?: PinnedSource
  /** What of the asset is in neither, for people. */
  readonly note?: string
  /** Of the asset as a whole, for what follows from its bytes. */
  readonly version: PinnedObject
}

/** Throws as `storedSource` and `adoptedSource` do. */
export const transcodeSource = async (
  deps: AdoptedDeps,
  subject: { readonly asset: Asset; readonly signal: AbortSignal },
): Promise<TranscodeSource> => {
  if (!isPlaylistType(subject.asset.videoType)) {
    const source = await storedSource(deps, subject)
    return { source, version: source }
  }
  const { picture, sound, leftOut } = await adoptedSource(deps, subject)
  return {
    ...{ source: picture, version: subject.asset.source, ...(sound && { sound }) },
    ...(leftOut.length > 0 && {
      note: `Other sounds and subtitles of the stream are not in the outputs: ${named(leftOut)}`,
    }),
  }
}

const MOST_NAMED = 3

const named = (paths: readonly string[]): string =>
  `${paths.slice(0, MOST_NAMED).join(', ')}${paths.length > MOST_NAMED ? ` and ${paths.length - MOST_NAMED} more` : ''}`
