import type { EdgeCaches, EdgeOutcome } from './edge-ports.ts'

const AT_ONCE = 8

/**
 * Takes public paths out of every edge. `root` is `/asset/{id}/`. An edge that would fail all of them is left alone after the first: a film has
 * thousands of segments.
 */
export const purgeFromEdges = (caches: Pick<EdgeCaches, 'edges' | 'purge'>, signal: AbortSignal) => {
  /** Of edges that are left alone. */
  const lasting = new Map<string, string>()
  const purge = async (edge: string, root: string, paths: Iterable<string>): Promise<string | undefined> => {
    let failed: string | undefined
    const left = paths[Symbol.iterator]()
    const work = async (): Promise<void> => {
      for (let next = left.next(); !next.done; next = left.next()) {
        signal.throwIfAborted()
        if (failed !== undefined || lasting.has(edge)) return
        const failure = await caches.purge(edge, root + next.value, signal)
        if (!failure) continue
        failed ??= `${edge} ${failure.reason}`
        if (failure.isLasting) lasting.set(edge, failed)
      }
    }
    await Promise.all(Array.from({ length: AT_ONCE }, work))
    return failed ?? lasting.get(edge)
  }
  return async (root: string, paths: () => Iterable<string>): Promise<EdgeOutcome> => {
    const reasons = await Promise.all(caches.edges.map((edge) => purge(edge, root, paths())))
    const reason = reasons.find((one) => one !== undefined)
    return reason === undefined ? { state: 'succeeded' } : { state: 'failed', reason }
  }
}
