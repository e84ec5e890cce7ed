import type { AudioFormat } from '../catalog/asset.ts'
import type { AssetId, ProjectId } from '../shared/ids.ts'
import type { OutputChoice, OutputsOutcome } from './delete-outputs.ts'
import type { SubtitleOrder } from './modify-subtitles.ts'
import type { ProcessingOrder } from './order-processing.ts'

/** What other layers may ask to be made of an asset. Throws `DomainError` as each use case says in its own file. */
export interface ProcessingUseCases {
  /** Answers the id of the snapshot task, if there is one. */
  orderProcessing(projectId: ProjectId, id: string, order: ProcessingOrder): Promise<{ readonly snapshotTask?: string }>
  cancelTranscode(projectId: ProjectId, id: string): Promise<void>
  /** One outcome per choice, in the same order. */
  deleteOutputs(projectId: ProjectId, id: string, choices: readonly OutputChoice[]): Promise<readonly OutputsOutcome[]>
  modifySubtitles(projectId: ProjectId, id: string, order: SubtitleOrder): Promise<void>
  /** Answers the id of the new audio asset. */
  orderExtraction(projectId: ProjectId, id: string, format: AudioFormat): Promise<AssetId>
  cancelExtraction(projectId: ProjectId, id: string): Promise<void>
}
