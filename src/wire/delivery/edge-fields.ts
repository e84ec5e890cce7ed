import { Type } from 'typebox'
import type { EdgeItem } from '../../core/delivery/edge-ports.ts'

/** Public URLs of assets: whose they are is core's to say. */
export const PublicUrls = Type.Array(Type.String({ minLength: 1, maxBytes: 10_240 }))

export const EdgeTaskId = Type.String({ minLength: 1, maxBytes: 128 })

/** As the caller named it, without what the edge does not look at. */
export const edgeItemUrl = (publicUrl: string, { origin = publicUrl, assetId, path }: EdgeItem): string =>
  `${origin}/asset/${assetId}/${path}`
