import { createGate } from '../shared/gate.ts'
import type { EdgeCaches, EdgeOutcome } from './edge-ports.ts'

const AT_ONCE = 8

/**
 * Takes public paths out of every edge. `root` is `/asset/{id}/`. The first reason that is met ends it for that edge: a film has thousands
 * of segments, and an edge that does not answer would be asked for each.
 */
export const purgeFromEdges = (caches: Pick<EdgeCaches, 'edges' | 'purge'>, signal: AbortSignal) => {
  const gates = new Map(caches.edges.map((edge) => [edge, createGate(AT_ONCE)]))
  const purge = async (edge: string, root: string, paths: readonly string[]): Promise<string | undefined> => {
    let failed: string | undefined
    const one = async (path: string): Promise<void> => {
      signal.throwIfAborted()
      if (failed !== undefined) return
      const reason = await caches.purge(edge, root + path, signal)
      if (reason !== undefined) failed ??= `${edge} ${reason}`
    }
    const gate = gates.get(edge) ?? createGate(AT_ONCE)
    await Promise.all(paths.map((path) => gate(() => one(path))))
    return failed
  }
  return async (root: string, paths: readonly string[]): Promise<EdgeOutcome> => {
    const reasons = await Promise.all(caches.edges.map((edge) => purge(edge, root, paths)))
    const reason = reasons.find((one) => one !== undefined)
    return reason === undefined ? { state: 'succeeded' } : { state: 'failed', reason }
  }
}
