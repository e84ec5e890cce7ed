import { createGate } from '../shared/gate.ts'
import type { EdgeCaches, EdgeOutcome } from './edge-ports.ts'
import { isListing, namedFiles } from './named-files.ts'

/** How much of a film is pulled: all of it, or what the first viewer waits for. */
export type PullExtent = 'beginning' | 'all'

export interface PullDeps {
  readonly caches: Pick<EdgeCaches, 'edges' | 'pull'>
  readonly extent: PullExtent
}

/** Of each rendition. */
const FIRST_SEGMENTS = 3
/** Of files that are not made of segments. */
const BEGINNING_BYTES = 4 << 20
const AT_ONCE = 4
/** A master names playlists, these name segments; nothing goes deeper. */
const DEEPEST = 2

/**
 * Pulls public paths through every edge, and what playlists and manifests among them name, each once in what is returned. An edge that gave
 * no answer is not asked again by it. `root` is `/asset/{id}/`.
 */
export const pullThroughEdges = (deps: PullDeps, signal: AbortSignal) => {
  const runs = deps.caches.edges.map((edge) => pullThrough(deps, edge, signal))
  return async (root: string, path: string): Promise<EdgeOutcome> => {
    const reasons = await Promise.all(runs.map((pull) => pull(root, path)))
    const reason = reasons.find((one) => one !== undefined)
    return reason === undefined ? { state: 'succeeded' } : { state: 'failed', reason }
  }
}

interface Wanted {
  readonly path: string
  /** Not made of segments, or all of them in one file. */
  readonly isFile: boolean
}

interface Fetched {
  /** Why it could not be pulled. */
  readonly reason?: string
  /** What it leads to. */
  readonly next: readonly Wanted[]
}

/** Level by level, so that listings that name each other end. Answers why a path, or something behind it, could not be pulled. */
const pullThrough = (deps: PullDeps, edge: string, signal: AbortSignal) => {
  const fetchOnce = fetchThrough(deps, edge, signal)
  return async (root: string, path: string): Promise<string | undefined> => {
    const seen = new Set<string>()
    const reasons: string[] = []
    let level: readonly Wanted[] = [{ path, isFile: !isListing(path) }]
    for (let depth = 0; depth <= DEEPEST; depth++) {
      for (const wanted of level) seen.add(wanted.path)
      const fetched = await Promise.all(level.map((wanted) => fetchOnce(root, wanted)))
      reasons.push(...fetched.flatMap(({ reason }) => reason ?? []))
      const next = fetched.flatMap((one) => one.next).filter((wanted) => !seen.has(wanted.path))
      level = [...new Map(next.map((wanted) => [wanted.path, wanted])).values()]
    }
    return reasons[0]
  }
}

const fetchThrough = ({ caches, extent }: PullDeps, edge: string, signal: AbortSignal) => {
  const gate = createGate(AT_ONCE)
  const fetched = new Map<string, Promise<Fetched>>()
  let silence: string | undefined
  const ask = async (root: string, { path, isFile }: Wanted): Promise<Fetched> => {
    signal.throwIfAborted()
    if (silence !== undefined) return { reason: silence, next: [] }
    const part = isFile && extent !== 'all' && { beginningBytes: BEGINNING_BYTES }
    const answer = await caches.pull(edge, { path: root + path, keepText: isListing(path), ...part }, signal)
    if (answer.type === 'unanswered') {
      silence ??= `${edge} ${answer.reason}`
      return { reason: silence, next: [] }
    }
    const { status, text } = answer
    if (status !== 200 && status !== 206) return { reason: `${edge} answered ${status} for ${root}${path}`, next: [] }
    return { next: isListing(path) ? wantedOf(path, text, extent) : [] }
  }
  return (root: string, wanted: Wanted): Promise<Fetched> => {
    const key = root + wanted.path
    const result = fetched.get(key) ?? gate(() => ask(root, wanted))
    fetched.set(key, result)
    return result
  }
}

const wantedOf = (path: string, text: string, extent: PullExtent): readonly Wanted[] => {
  const { playlists, heads, segments } = namedFiles(path, text)
  const isFile = text.includes('#EXT-X-BYTERANGE')
  const first = extent === 'all' ? segments : segments.slice(0, FIRST_SEGMENTS * Math.max(1, heads.length))
  return [...playlists, ...heads, ...first].map((one) => ({ path: one, isFile }))
}
