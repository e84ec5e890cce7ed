import type { AssetFact } from '../catalog/fact.ts'
import type { ProjectId, UserId } from '../shared/ids.ts'

/** Who did it. `system`: the product itself, by a rule that somebody set. */
export type Actor =
  | { readonly role: 'system' }
  | {
      readonly role: 'operator' | 'member'
      readonly userId: UserId
      readonly userName: string
      /** Absent: they came with a token. */
      readonly accessKey?: string
    }

/** One thing that was done, or tried: never with secrets, nor with what a request said beside names and ids. */
export interface AuditEntry {
  readonly happenedAt: Date
  /** Absent: it concerns the installation, or nothing that the caller may use; only operators see it. */
  readonly projectId?: ProjectId
  readonly actor: Actor
  /** Id of the operation; of the system, `SystemDeed`. */
  readonly operation: string
  /** Ids and names of what it was about, as the request or the answer named them. */
  readonly subjects: readonly string[]
  /** Absent: it was no request. */
  readonly request?: {
    readonly status: number
    /** Absent: it succeeded. */
    readonly errorCode?: string
    readonly requestId: string
    readonly address: string
  }
}

export type SystemDeed = 'expireAsset' | 'releaseSource'

/** What nobody called for, and is to be found in the log all the same. */
export const systemDeed = (fact: AssetFact): SystemDeed | undefined => {
  if (fact.type === 'deleted' && fact.expired) return 'expireAsset'
  if (fact.type === 'source_removed' && fact.released) return 'releaseSource'
  return undefined
}
