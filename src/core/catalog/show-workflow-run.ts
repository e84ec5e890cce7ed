import type { ProjectId } from '../shared/ids.ts'
import type { Asset } from './asset.ts'
import type { CatalogReader } from './ports.ts'
import { showAsset } from './show-asset.ts'
import { type TaskResult, workflowResults } from './workflow-run.ts'

export interface WorkflowRunView {
  readonly asset: Asset
  readonly results: readonly TaskResult[]
}

/** What became of the tasks of the asset's workflow; none without one. Throws `asset_not_found`, `asset_deleted`. */
export const showWorkflowRun =
  (reader: CatalogReader) =>
  async (projectId: ProjectId, id: string): Promise<WorkflowRunView> => {
    const { asset } = await showAsset(reader)(projectId, id)
    const audioId = asset.workflow?.audio?.id
    const audio = audioId && (await reader.assetById(audioId))
    return { asset, results: workflowResults(asset, audio) }
  }
