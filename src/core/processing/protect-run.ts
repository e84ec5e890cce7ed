import type { Asset } from '../catalog/asset.ts'
import type { ContentKeys, SealedKey } from '../catalog/encryption.ts'
import { type KeySettingsStore, keyUriOf } from '../catalog/key-settings.ts'
import { type SegmentCipher, segmentCipher } from '../packaging/segment-cipher.ts'
import { PermanentFailure } from '../shared/task.ts'

export interface ProtectDeps {
  readonly keys: Pick<ContentKeys, 'open'>
  readonly keySettings: Pick<KeySettingsStore, 'keySettings'>
}

/** With what the segments of one run are sealed, and what its playlists say about the key. */
export interface RunProtection {
  readonly cipher: SegmentCipher
  readonly keyUri: string
}

/** By the project's settings of now: they are written into the playlists. `undefined`: without a key the run is clear. */
export const protectRun = async (
  { keys, keySettings }: ProtectDeps,
  { id, projectId }: Asset,
  { run, key }: { readonly run: string; readonly key: SealedKey | undefined },
): Promise<RunProtection | undefined> => {
  if (key === undefined) return
  const keyUri = keyUriOf(await keySettings.keySettings(projectId), { assetId: id, run })
  if (keyUri === undefined) throw new PermanentFailure('the project has no key URL, and its key service is off')
  return { cipher: segmentCipher(keys.open(key, id)), keyUri }
}
