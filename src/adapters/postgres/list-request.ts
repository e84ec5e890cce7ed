import type { AssetFilter, Page } from '../../core/catalog/ports.ts'
import type { ProjectId } from '../../core/shared/ids.ts'

/** Counting stops here: the contract caps `total`, and a count over everything would cost more than the page. */
export const TOTAL_CAP = 20_000

export interface ListRequest {
  readonly projectId: ProjectId
  readonly filter: AssetFilter
  readonly page: Page
}
