import { auditStore } from '../adapters/postgres/audit-log.ts'
import { expiryReader } from '../adapters/postgres/retention.ts'
import { repeat } from '../adapters/repeat.ts'
import { expireAssets } from '../core/retention/expire-assets.ts'
import type { Foundation } from './foundation.ts'

const EXPIRE_MS = 10_000
const PURGE_MS = 600_000
const DAY_MS = 86_400_000

/** What is due by the clock and not by a fact; in every worker process, until the signal fires. */
export const runHousekeeping = async (foundation: Foundation, signal: AbortSignal): Promise<void> => {
  await Promise.all([expire(foundation, signal), purge(foundation, signal)])
}

const expire = ({ db, transactions, logger }: Foundation, signal: AbortSignal): Promise<void> => {
  const expireDue = expireAssets({ db: transactions, expiry: expiryReader(db), now: () => new Date() })
  return repeat({ what: 'deleting expired assets', everyMs: EXPIRE_MS, signal, logger }, async () => {
    const deleted = await expireDue(signal)
    if (deleted > 0) logger.info({ assets: deleted }, 'expired assets deleted')
  })
}

const purge = ({ db, config, logger }: Foundation, signal: AbortSignal): Promise<void> =>
  repeat({ what: 'forgetting old entries of the audit log', everyMs: PURGE_MS, signal, logger }, async () => {
    const before = new Date(Date.now() - config.auditDays * DAY_MS)
    const store = auditStore(db)
    while (!signal.aborted && (await store.purge(before)) === 'more');
  })
