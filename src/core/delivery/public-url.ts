import { parseAssetId } from '../shared/ids.ts'
import { DomainError, invalidField } from '../shared/problem.ts'
import type { PublicUrl } from './edge-use-cases.ts'

/**
 * Takes a public URL of an asset apart. It is never fetched as given: what counts are asset and path, and the host is only compared with
 * those that are ours. Query and fragment are dropped. Throws `invalid_field`, `unknown_domain`, `asset_not_found`.
 */
export const parsePublicUrl = (text: string, bases: readonly string[]): PublicUrl => {
  const url = URL.parse(text)
  if (!url || !/^https?:$/.test(url.protocol)) throw invalidField('urls', 'must hold http:// or https:// URLs')
  if (!bases.some((base) => URL.parse(base)?.host === url.host)) throw new DomainError({ kind: 'unknown_domain' })
  const [, id = '', path = ''] = /^\/asset\/([^/]+)\/(.+)$/.exec(url.pathname) ?? []
  const assetId = parseAssetId(id)
  if (!assetId) throw new DomainError({ kind: 'asset_not_found' })
  return { origin: url.origin, assetId, path }
}
