import type { Asset } from '../catalog/asset.ts'
import type { AddedSubtitle, MadeSubtitle, SubtitleEdit } from '../catalog/subtitles.ts'
import { type Cue, SubtitleDefect } from '../packaging/cue.ts'
import { decodeSubtitles } from '../packaging/decode-subtitles.ts'
import { parseSubtitles } from '../packaging/parse-subtitles.ts'
import { type BucketUse, mayUse } from '../shared/bucket-grants.ts'
import { ObjectChangedError, type ObjectStore } from '../shared/object-store.ts'
import { readWhole } from '../shared/read-whole.ts'
import { PermanentFailure } from '../shared/task.ts'

/** Cues, and what they become. */
export interface AddedText extends Omit<MadeSubtitle, 'file' | 'sizeBytes'> {
  readonly cues: readonly Cue[]
}

interface Deps extends BucketUse {
  readonly store: Pick<ObjectStore, 'read'>
}

/** Text of a film is some hundred kilobytes. */
export const MOST_SUBTITLE_BYTES = 10 * 2 ** 20

/** The cues of the files of an edit, one in memory at a time. They were read at the call, too; another version of one is not. */
export async function* addedSubtitles(
  deps: Deps,
  { asset, change, signal }: { readonly asset: Asset; readonly change: SubtitleEdit; readonly signal: AbortSignal },
): AsyncGenerator<AddedText> {
  for (const added of change.add) {
    const { type, language, object } = added
    if (!(await mayUse(deps, asset.projectId, object.bucket))) {
      throw new PermanentFailure(`the project may not use the bucket ${object.bucket} any more`)
    }
    try {
      yield { type, language, cues: await readCues(deps.store, added, signal) }
    } catch (error) {
      if (error instanceof ObjectChangedError) {
        throw new PermanentFailure(`${object.key} was changed or removed after the call`, { cause: error })
      }
      if (error instanceof SubtitleDefect)
        throw new PermanentFailure(`${object.key} ${error.message}`, { cause: error })
      throw error
    }
  }
}

/** The cues of a file. Throws `SubtitleDefect`, and `ObjectChangedError` for another version of it. */
export const readCues = async (
  store: Pick<ObjectStore, 'read'>,
  { object, type }: Pick<AddedSubtitle, 'object' | 'type'>,
  signal?: AbortSignal,
): Promise<readonly Cue[]> => {
  const options = { mostBytes: MOST_SUBTITLE_BYTES, ifMatch: object.etag, ...(signal && { signal }) }
  return parseSubtitles(decodeSubtitles(await readWhole(store, object, options)), type)
}
