import type { Asset } from '../catalog/asset.ts'
import { isPlaylistType } from '../catalog/video-type.ts'
import { type AdoptedDeps, adoptedSource } from './adopted-source.ts'
import type { PinnedSource } from './ports.ts'
import { storedSource } from './stored-source.ts'

/** What pictures of the asset are made of. Throws as `storedSource` and `adoptedSource` do. */
export const stillSource = async (
  deps: AdoptedDeps,
  subject: { readonly asset: Asset; readonly signal: AbortSignal },
): Promise<PinnedSource> =>
  isPlaylistType(subject.asset.videoType) ? (await adoptedSource(deps, subject)).picture : storedSource(deps, subject)
