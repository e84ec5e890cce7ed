import type { Now } from '../core/shared/clock.ts'

/** Refuses whoever fails too often in a row, for a while (contract/decisions.md 5.16). Per process, bounded in memory. */
export interface Lockout {
  /** Seconds until the lock opens; `undefined` when there is none. */
  lockedSeconds(subject: Subject): number | undefined
  failed(subject: Subject): void
  /** Ends the row. */
  succeeded(subject: Subject): void
}

/** Locks are per address: else anybody could lock anybody out. */
export interface Subject {
  /** An access key or a user's name. */
  readonly name: string
  readonly address: string
}

const MAX_FAILURES = 5
const LOCK_MS = 5 * 60_000
/** Some MB at most. Beyond, the row that failed longest ago is forgotten. */
const MAX_ROWS = 10_000

interface Row {
  readonly failures: number
  readonly lockedUntilMs?: number
}

export const createLockout = (now: Now): Lockout => {
  const rows = new Map<string, Row>()
  return {
    lockedSeconds(subject) {
      const key = keyOf(subject)
      const until = rows.get(key)?.lockedUntilMs
      if (until === undefined) return undefined
      const leftMs = until - now().getTime()
      if (leftMs > 0) return Math.ceil(leftMs / 1000)
      rows.delete(key)
      return undefined
    },
    failed(subject) {
      const key = keyOf(subject)
      const before = rows.get(key)
      // A lock is not prolonged by those who were already under way.
      if (before?.lockedUntilMs !== undefined) return
      const failures = (before?.failures ?? 0) + 1
      rows.delete(key)
      rows.set(key, { failures, ...(failures > MAX_FAILURES && { lockedUntilMs: now().getTime() + LOCK_MS }) })
      const [oldest] = rows.keys()
      if (rows.size > MAX_ROWS && oldest !== undefined) rows.delete(oldest)
    },
    succeeded(subject) {
      rows.delete(keyOf(subject))
    },
  }
}

const keyOf = ({ name, address }: Subject): string => `${networkOf(address)} ${name.slice(0, 256)}`

/** One client: an IPv4 address, or the /64 that a single IPv6 customer has all to themself. */
export const networkOf = (address: string): string => {
  if (address.includes('.')) return address.slice(address.lastIndexOf(':') + 1)
  const [head = '', tail = ''] = address.split('%', 1)[0]?.split('::') ?? []
  const groups = head === '' ? [] : head.split(':')
  const rest = tail === '' ? [] : tail.split(':')
  const zeros = Array.from({ length: Math.max(0, 8 - groups.length - rest.length) }, () => '0')
  return [...groups, ...zeros, ...rest].slice(0, 4).join(':')
}
