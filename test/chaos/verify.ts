import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { sql } from 'kysely'
import { decoded } from '../journeys/decoded.ts'
import type { Job } from './jobs.ts'
import { doneTwice, fellBack } from './journal.ts'
import { BUCKET, type Site } from './site.ts'

interface Promised {
  readonly jobs: readonly Job[]
  /** Assets that were there before. */
  readonly earlier: readonly string[]
  readonly decodeAtMost: number
}

/** Every promise that was broken, in words; empty: none. */
export const brokenPromises = async (
  site: Site,
  { jobs, earlier, decodeAtMost }: Promised,
): Promise<readonly string[]> => [
  ...(await wrongStates(site, jobs)),
  ...(await wrongNumber(site, new Set([...earlier, ...jobs.map(({ id }) => id)]))),
  ...(await wrongEvents(site, jobs)),
  ...(await auditFindings(site)),
  // Every film that is divided is sound, and is transcoded once: no kill may cost the work of all its chunks (decision 0039).
  ...(await fellBack(site)).map((id) => `in one piece after all: ${id}`),
  ...(await wrongFrames(site, jobs, decodeAtMost)),
]

const wrongStates = async ({ client }: Site, jobs: readonly Job[]): Promise<readonly string[]> => {
  const wrong: string[] = []
  for (const { id, kind } of jobs) {
    const state = await client.stateOf(id)
    if (state === undefined) wrong.push(`lost: ${kind.name} ${id}`)
    else if (!kind.ends.includes(state)) wrong.push(`wrong state: ${kind.name} ${id} is ${state}`)
  }
  return wrong
}

/** An asset that nobody knows of was made by a call that seemed to fail. */
const wrongNumber = async (site: Site, known: ReadonlySet<string>): Promise<readonly string[]> => {
  const rows = await site.ask(sql<{ id: string }>`select id from asset`)
  const twice = await doneTwice(site)
  return [
    ...rows.filter(({ id }) => !known.has(id)).map(({ id }) => `made twice: ${id}`),
    ...(twice > 0 ? [`done twice: ${twice} tasks`] : []),
  ]
}

/** Of each asset: all that was told arrived, in the order in which it was told, and nothing was told twice. */
const wrongEvents = async (site: Site, jobs: readonly Job[]): Promise<readonly string[]> => {
  const told = await site.ask(sql<{ asset: string; event: string; state: string }>`
    select asset_id as asset, event_id as event, state from webhook_delivery order by id
  `)
  const arrived = new Map<string, string>()
  for (const { headers, body } of site.receiver.received) {
    const kind = String(JSON.parse(JSON.parse(body).message).event_type)
    // Delivery is at least once: the second time counts as none.
    const id = String(headers['telecine-event-id'])
    if (!arrived.has(id)) arrived.set(id, kind)
  }
  const order = [...arrived.keys()]
  return jobs.flatMap(({ id, kind }) => {
    const mine = told.filter(({ asset }) => asset === id).map(({ event }) => event)
    const came = order.filter((event) => mine.includes(event))
    const kinds = Object.fromEntries(
      [...Map.groupBy(came, (event) => arrived.get(event) ?? '')].map(([k, all]) => [k, all.length]),
    )
    return [
      ...(came.join() === mine.join()
        ? []
        : [`events: ${kind.name} ${id}: ${came.length} of ${mine.length}, or out of order`]),
      ...(kind.events === undefined || sameCounts(kinds, kind.events)
        ? []
        : [`events: ${kind.name} ${id} has ${JSON.stringify(kinds)}`]),
    ]
  })
}

const sameCounts = (left: Readonly<Record<string, number>>, right: Readonly<Record<string, number>>): boolean =>
  [...new Set([...Object.keys(left), ...Object.keys(right)])].every((key) => left[key] === right[key])

/** `telecine audit`, as an operator runs it. */
const auditFindings = async ({ program, environment }: Site): Promise<readonly string[]> => {
  const env = { PATH: process.env['PATH'], HOME: process.env['HOME'], ...environment }
  const stdout = await promisify(execFile)(process.execPath, [program, 'audit', '--json'], { env, maxBuffer: 64 << 20 })
    .then((ended) => ended.stdout)
    .catch((error: unknown) => {
      if (Object(error).code !== 1 || !Object(error).stdout) throw error
      return String(Object(error).stdout)
    })
  // Nothing has been left for later.
  return stdout.split('\n').filter((line) => line !== '')
}

const wrongFrames = async (site: Site, jobs: readonly Job[], atMost: number): Promise<readonly string[]> => {
  const wrong: string[] = []
  for (const { id, kind } of jobs.filter(({ kind }) => kind.frames !== undefined).slice(0, atMost)) {
    const { transcode_info } = await site.client.details(id)
    // The first is the index of all of them.
    const [, ...streams] = transcode_info.output
    if (streams.length === 0) wrong.push(`no streams: ${kind.name} ${id}`)
    const token = kind.asks['auto_encrypt'] === 1 ? await playToken(site, id) : ''
    for (const { url } of streams) {
      const found = await decoded(`${url}${token}`).catch((error: unknown) => ({ frames: String(error) }))
      if (found.frames !== kind.frames) wrong.push(`frames: ${kind.name} ${id}: ${found.frames} in ${url}`)
    }
  }
  return wrong
}

const playToken = async ({ client }: Site, id: string): Promise<string> => {
  const { token } = await client.call('POST', '/telecine/v1/PROJECT/assets/play-tokens', {
    asset_id: id,
    viewer: 'chaos',
  })
  return `?token=${token}`
}

/** What lies in the tenant's bucket. */
export const tenantsObjects = ({ store }: Pick<Site, 'store'>): Promise<readonly string[]> =>
  Array.fromAsync(store.list(BUCKET, ''), ({ key }) => key)

/** Adopted streams get a cover beside them; what was there stays. */
export const lostObjects = async (site: Site, before: readonly string[]): Promise<readonly string[]> => {
  const now = new Set(await tenantsObjects(site))
  return before.filter((key) => !now.has(key)).map((key) => `lost: the tenant's own ${key}`)
}
