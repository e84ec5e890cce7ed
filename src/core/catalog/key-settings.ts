import type { AssetId, ProjectId } from '../shared/ids.ts'
import { DomainError, invalidField } from '../shared/problem.ts'

/** Where the players of a project get the keys of its encrypted streams. */
export interface KeySettings {
  /** The project's own key service; as `parseKeyUrl` gives it. */
  readonly keyUrl?: string
  /** Whether ours answers. */
  readonly keyService: boolean
}

export interface KeySettingsStore {
  keySettings(projectId: ProjectId): Promise<KeySettings>
  setKeySettings(projectId: ProjectId, settings: KeySettings): Promise<void>
}

const MAX_URL_LENGTH = 1024

/** The address in the form that playlists take. Throws `invalid_field`. */
export const parseKeyUrl = (text: string, field: string): string => {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (!url || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    throw invalidField(field, 'must be an address that begins with http:// or https://')
  }
  if (url.username !== '' || url.password !== '') throw invalidField(field, 'must not hold a user or a password')
  if (url.hash !== '') throw invalidField(field, 'must not hold a fragment (#)')
  if (url.href.length > MAX_URL_LENGTH) throw invalidField(field, `must have at most ${MAX_URL_LENGTH} characters`)
  return url.href
}

/**
 * What a media playlist says about the key of a run; `undefined`: there is no way to get it. Our own service is named relative to
 * the playlist, and per run, so that players with an old playlist get the old key.
 */
export const keyUriOf = (
  { keyUrl, keyService }: KeySettings,
  { assetId, run }: { readonly assetId: AssetId; readonly run: string },
): string | undefined => {
  if (keyUrl !== undefined) return withQuery(keyUrl, `asset_id=${assetId}`)
  return keyService ? `../keys/${run}` : undefined
}

/** As text: taking the query apart and putting it together again could change what is there. */
const withQuery = (url: string, pair: string): string => {
  if (!url.includes('?')) return `${url}?${pair}`
  return url.endsWith('?') || url.endsWith('&') ? `${url}${pair}` : `${url}&${pair}`
}

export const requireKeyAddress = async (
  store: Pick<KeySettingsStore, 'keySettings'>,
  projectId: ProjectId,
): Promise<void> => checkKeyAddress(await store.keySettings(projectId))

/** Throws `key_url_missing`: nobody could ever play what is encrypted now. */
export const checkKeyAddress = ({ keyUrl, keyService }: KeySettings): void => {
  if (keyUrl === undefined && !keyService) throw new DomainError({ kind: 'key_url_missing' })
}
