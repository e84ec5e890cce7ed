import { sql } from 'kysely'
import { killAll } from '../../journeys/processes.ts'
import type { Fault } from './fault.ts'

/** PostgreSQL then ends all other connections, too, and recovers. */
export const killBackend: Fault = {
  name: 'PostgreSQL backend killed',
  weight: 2,
  async strike({ site, random }) {
    const rows = await site.ask(sql<{ pid: number }>`
      select pid from pg_stat_activity where application_name like 'telecine%' and pid <> pg_backend_pid() order by pid
    `)
    const backend = random.pick(rows)
    if (!backend) return 'missed'
    killAll([backend.pid])
    return { slots: site.workers.length, ffmpegs: 0 }
  },
}

export const killPostmaster: Fault = {
  name: 'PostgreSQL killed',
  weight: 1,
  async strike({ site }) {
    killAll([site.postmaster()])
    return { slots: site.workers.length, ffmpegs: 0 }
  },
}
