import { DASH_MANIFEST, MASTER_PLAYLIST, PLAY_FOLDER } from '../catalog/object-keys.ts'

/** A file of a stream that takes the place of renditions while there are none, of which `Track` says which track it is. */
export type StreamFile<Track> =
  | { readonly type: 'index'; readonly format: 'HLS' | 'DASH' }
  | (Track & { readonly type: 'playlist' })
  | (Track & { readonly type: 'init' })
  | (Track & { readonly type: 'segment'; readonly index: number })

/** Below the asset; their names are those of the indexes of renditions. */
export const parseIndexPath = (
  path: string,
): { readonly type: 'index'; readonly format: 'HLS' | 'DASH' } | undefined => {
  if (path === PLAY_FOLDER + MASTER_PLAYLIST) return { type: 'index', format: 'HLS' }
  if (path === PLAY_FOLDER + DASH_MANIFEST) return { type: 'index', format: 'DASH' }
  return
}
