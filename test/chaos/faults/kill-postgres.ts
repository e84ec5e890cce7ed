import { sql } from 'kysely'
import { until } from '../../support/until.ts'
import type { Site } from '../site.ts'
import { type Fault, type Harm, NO_HARM } from './fault.ts'

/**
 * An outage shorter than this must not cost any work: a session holds its lock again 100 ms after PostgreSQL is back, and those
 * that were there before judge nobody for 5 s. One in which no heartbeat got through for 8 s has each worker stop what it does
 * and hand it back, before others may take it; the last heartbeat came up to 2 s before the outage, the next comes 0.5 s after it.
 */
const HARMLESS_MS = 5_000

/** PostgreSQL then ends all other connections, too, and recovers. */
export const killBackend: Fault = {
  name: 'PostgreSQL backend killed',
  weight: 2,
  async strike({ site, random }) {
    const rows = await site.ask(sql<{ pid: number }>`
      select pid from pg_stat_activity where application_name like 'telecine%' and pid <> pg_backend_pid() order by pid
    `)
    const backend = random.pick(rows)
    return backend ? outageAfter(site, backend.pid) : 'missed'
  },
}

export const killPostmaster: Fault = {
  name: 'PostgreSQL killed',
  weight: 1,
  strike: ({ site }) => outageAfter(site, site.postmaster()),
}

/** Kills, and measures how long PostgreSQL is away. */
const outageAfter = async (site: Site, pid: number): Promise<Harm | 'missed'> => {
  const before = await checkpointer(site)
  const killedMs = performance.now()
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It has ended by itself.
    return 'missed'
  }
  await until('PostgreSQL has recovered', async () => (await checkpointer(site)) !== before)
  const slots = performance.now() - killedMs < HARMLESS_MS ? 0 : site.workers.length
  return { ...NO_HARM, slots }
}

/** Another process after each recovery. */
const checkpointer = async ({ ask }: Site): Promise<number | undefined> => {
  const [row] = await ask(sql<{ pid: number }>`select pid from pg_stat_activity where backend_type = 'checkpointer'`)
  return row?.pid
}
