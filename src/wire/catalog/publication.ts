import { type Static, Type } from 'typebox'
import type { BatchEntry } from '../../core/catalog/use-cases.ts'
import { AssetInfo, assetInfo, noAsset, type Site } from './asset-answer.ts'

/** What publishAssets and unpublishAssets share. The number of ids is core's to bound: it has a code of its own. */
export const PublicationBody = Type.Object({
  asset_id: Type.Array(Type.String({ minLength: 1, maxBytes: 128 }), { minItems: 1 }),
})

export const PublicationReply = Type.Object({ asset_info_array: Type.Array(AssetInfo) })

/** One entry per id in the order of the request; old callers read `status` and the first `play_info_array[].url`. */
export const publicationReply = (site: Site, entries: readonly BatchEntry[]): Static<typeof PublicationReply> => ({
  asset_info_array: entries.map((entry) => {
    if (entry.outcome === 'unknown') return noAsset(entry.id)
    const info = assetInfo(site, entry.view)
    if (entry.outcome === 'blocked') return { ...info, description: 'The media asset is blocked' }
    return entry.outcome === 'not_ready' && info.status !== 'OBS_CREATE_FAILED'
      ? { ...info, status: 'UNCREATED', description: 'Asset is not in place yet' }
      : info
  }),
})
