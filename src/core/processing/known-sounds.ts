import { type ObjectFolder, objectIn, PLAY_FOLDER } from '../catalog/object-keys.ts'
import type { Rendition } from '../catalog/rendition.ts'
import { playlistObject } from '../catalog/stream-files.ts'
import type { ObjectStore } from '../shared/object-store.ts'
import { readWhole } from '../shared/read-whole.ts'

interface Manifests {
  readonly store: Pick<ObjectStore, 'read'>
  readonly folder: ObjectFolder
  readonly signal: AbortSignal
}

const MOST_BYTES = 16 << 20

/**
 * The renditions, those of DASH with the sound that plays in them: records of before do not say which it is, and would keep all
 * sounds of their run; their manifests do.
 */
export const withKnownSounds = async (
  manifests: Manifests,
  renditions: readonly Rendition[],
): Promise<readonly Rendition[]> => {
  const known: Rendition[] = []
  for (const one of renditions) {
    const isUnknown = one.format === 'DASH' && one.soundTrack === undefined
    known.push(isUnknown ? { ...one, soundTrack: await soundOf(manifests, one) } : one)
  }
  return known
}

const soundOf = async ({ store, folder, signal }: Manifests, rendition: Rendition): Promise<string> => {
  const manifest = objectIn(folder, PLAY_FOLDER + playlistObject(rendition))
  const text = (await readWhole(store, manifest, { mostBytes: MOST_BYTES, signal })).toString('utf8')
  return new RegExp(`"${rendition.run}_(audio\\d?)/`).exec(text)?.[1] ?? 'none'
}
