import { LRUCache } from 'lru-cache'
import type { Logger } from 'pino'
import { forViewers } from '../../core/progress/for-viewers.ts'
import type { Looked } from '../../core/progress/look-at-progress.ts'
import { isFinal, type Progress } from '../../core/progress/progress.ts'
import type { ProgressUseCases } from '../../core/progress/use-cases.ts'
import { type AssetId, type ProjectId, parseAssetId } from '../../core/shared/ids.ts'
import { DomainError } from '../../core/shared/problem.ts'
import { pause } from '../../engine/pause.ts'
import { createSeats } from './seats.ts'

export interface SharedProgressOptions {
  readonly look: (id: AssetId) => Promise<Looked | undefined>
  readonly logger: Pick<Logger, 'warn'>
}

/** Streams that may be open at a time. */
const PER_PROJECT = 50
const PER_PROCESS = 1_000
const EVERY_MS = 1_000
/** Less, so that every look of one who follows is a new one. */
const FRESH_MS = 900
const KEPT = 10_000
/** Whoever lost the right to know learns no more after that. */
const LONGEST_MS = 30 * 60_000

/** However many ask for an asset, it is looked at once a second. */
export const sharedProgress = ({ look, logger }: SharedProgressOptions): ProgressUseCases => {
  const seats = createSeats({ perProject: PER_PROJECT, overall: PER_PROCESS })
  const looked = new LRUCache<AssetId, Looked>({ max: KEPT, ttl: FRESH_MS, fetchMethod: look })
  const own = async (projectId: ProjectId, id: string): Promise<{ id: AssetId; progress: Progress }> => {
    const assetId = parseAssetId(id)
    const found = assetId && (await looked.fetch(assetId))
    if (!assetId || found?.projectId !== projectId) throw new DomainError({ kind: 'asset_not_found' })
    if (found.progress.state === 'deleted') throw new DomainError({ kind: 'asset_deleted' })
    return { id: assetId, progress: found.progress }
  }
  const lookAgain = async (id: AssetId, before: Progress): Promise<Progress> => {
    try {
      return (await looked.fetch(id))?.progress ?? GONE
    } catch (error) {
      logger.warn({ err: error, asset: id }, 'progress could not be looked up, trying again')
      return before
    }
  }
  return {
    show: async (projectId, id) => (await own(projectId, id)).progress,
    async forViewers(id) {
      const found = await looked.fetch(id)
      return found && forViewers(found.progress)
    },
    async follow(projectId, id, signal) {
      const first = await own(projectId, id)
      const ending = AbortSignal.any([signal, AbortSignal.timeout(LONGEST_MS)])
      seats.take(projectId, ending)
      return changes(first.progress, (before) => lookAgain(first.id, before), ending)
    },
  }
}

/** Of its row nothing is left. */
const GONE: Progress = { state: 'deleted', percent: 0 }

async function* changes(
  first: Progress,
  lookAgain: (before: Progress) => Promise<Progress>,
  signal: AbortSignal,
): AsyncGenerator<Progress> {
  let now = first
  yield now
  while (!isFinal(now) && (await pause(EVERY_MS, signal))) {
    const next = await lookAgain(now)
    if (JSON.stringify(next) === JSON.stringify(now)) continue
    now = next
    yield now
  }
}
