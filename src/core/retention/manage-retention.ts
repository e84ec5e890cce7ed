import { DomainError } from '../shared/problem.ts'
import { changeExpiry, type ExpiryDeps } from './change-expiry.ts'
import type { RetentionStore } from './ports.ts'
import type { RetentionUseCases } from './use-cases.ts'

export interface RetentionDeps extends ExpiryDeps {
  readonly store: RetentionStore
}

export const retentionUseCases = ({ store, ...deps }: RetentionDeps): RetentionUseCases => ({
  changeExpiry: changeExpiry(deps),
  showStorage: (projectId) => store.storage(projectId),
  showSettings: (projectId) => store.settings(projectId),
  changeSettings: (projectId, patch) => store.changeSettings(projectId, patch),
  async setQuota(projectName, quotaBytes) {
    if ((await store.setQuota(projectName, quotaBytes)) === 'set') return
    throw new DomainError({ kind: 'not_found', what: `project ${projectName}` })
  },
})
