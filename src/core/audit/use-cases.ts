import type { AuditFilter, AuditPage, AuditRange, AuditStore, AuditTrail } from './ports.ts'

/** What other layers may ask of the log. */
export interface AuditUseCases {
  /** Whatever this process has answered so far is in it. */
  listEntries(filter: AuditFilter, range: AuditRange): Promise<AuditPage>
}

export interface AuditDeps {
  readonly store: Pick<AuditStore, 'list'>
  readonly trail: Pick<AuditTrail, 'flush'>
}

export const auditUseCases = ({ store, trail }: AuditDeps): AuditUseCases => ({
  async listEntries(filter, range) {
    await trail.flush()
    return store.list(filter, range)
  },
})
