import type { TaskDefinition } from '../shared/task.ts'
import { assetRoot, type KnownFiles, namesBehind } from './edge-paths.ts'
import type { EdgeCaches, EdgeItem, EdgeOutcome, EdgeTasks, EdgeTx } from './edge-ports.ts'
import { type KnownFilesReader, knownFilesOf } from './known-files.ts'
import { type PullExtent, pullThroughEdges } from './pull-through-edges.ts'
import { purgeFromEdges } from './purge-from-edges.ts'

export interface EdgeTaskInput {
  readonly taskId: string
}

export interface EdgeTaskDeps {
  readonly tasks: Pick<EdgeTasks, 'open' | 'settle'>
  readonly caches: EdgeCaches
  readonly extent: PullExtent
  readonly reader: KnownFilesReader
  /** For the log of the operator. */
  readonly onNote: (note: string) => void
}

/** How it is queued. An edge that fails is the result of its items; tried again is only what the database interrupted. */
export const EDGE_TASK = {
  kind: 'edge_task',
  queue: 'edge',
  retryLimit: 1,
  retrySeconds: 3600,
  timeoutSeconds: 7200,
} as const

/** Does what one call asked of the edges, URL by URL; what a try has settled the next one leaves alone. */
export const runEdgeTask = (deps: EdgeTaskDeps): TaskDefinition<EdgeTaskInput, EdgeTx> => ({
  kind: EDGE_TASK.kind,
  queue: EDGE_TASK.queue,
  timeoutSeconds: EDGE_TASK.timeoutSeconds,
  async run({ taskId }, { signal, progress }) {
    const { tasks, caches, extent, onNote } = deps
    const { kind, items } = await tasks.open(taskId)
    const pull = pullThroughEdges({ caches, extent }, signal)
    const purge = purgeFromEdges(caches, signal)
    const doItem = async (item: EdgeItem): Promise<EdgeOutcome> => {
      // The setting was there when the call was made, and is not where this runs.
      if (caches.edges.length === 0) return { state: 'failed', reason: 'TELECINE_EDGE_URLS names no edge' }
      const root = assetRoot(item.assetId)
      if (kind === 'preheat') return pull(root, item.path)
      const files = await knownFilesOf(deps.reader, item.assetId)
      return purge(root, () => withNamesBehind(files, item.path))
    }
    let done = 0
    const settleItem = async (item: EdgeItem & { readonly index: number }): Promise<void> => {
      const outcome = await doItem(item)
      if (outcome.state === 'failed') onNote(`${kind} of ${item.assetId}/${item.path}: ${outcome.reason}`)
      await tasks.settle(taskId, item.index, outcome)
      done++
      progress(done / items.length)
    }
    for (const item of items) await settleItem(item)
    return async () => undefined
  },
  failed:
    ({ taskId }, reason) =>
    (tx) =>
      tx.failOpenItems(taskId, reason),
})

function* withNamesBehind(files: KnownFiles | undefined, path: string): Generator<string> {
  if (files) yield* namesBehind(files, path)
  yield path
}
