import type { ProjectId } from '../shared/ids.ts'
import type { AuditEntry } from './entry.ts'

/** AND between members; absent members do not filter. */
export interface AuditFilter {
  /** Absent: of all projects, and of the installation. */
  readonly projectId?: ProjectId
  readonly from?: Date
  /** Not itself. */
  readonly to?: Date
  /** A user's name, an access key, or `system`. */
  readonly actor?: string
  readonly subject?: string
  readonly operation?: string
}

export interface AuditRange {
  readonly offset: number
  readonly limit: number
}

export interface AuditPage {
  /** Newest first. */
  readonly entries: readonly AuditEntry[]
  /** All matches, capped at 20,000. */
  readonly total: number
}

export interface AuditStore {
  /** All of them or none. */
  append(entries: readonly AuditEntry[]): Promise<void>
  list(filter: AuditFilter, range: AuditRange): Promise<AuditPage>
  /** Forgets some of what happened before; `more`: there may be more of it. */
  purge(before: Date): Promise<'more' | 'done'>
}

/** Takes entries at once and writes them a little later. */
export interface AuditTrail {
  add(entry: Omit<AuditEntry, 'happenedAt'>): void
  /** Until all that was added before is written, or could not be. */
  flush(): Promise<void>
}
