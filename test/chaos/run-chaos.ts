import { sql } from 'kysely'
import { pause } from '../../src/engine/pause.ts'
import { until } from '../support/until.ts'
import { setClock } from './faults/clock-jump.ts'
import type { Fault, Harm } from './faults/fault.ts'
import { type Job, kindsOn, runJob } from './jobs.ts'
import { type Redone, redoneWork } from './journal.ts'
import { type Random, seeded } from './random.ts'
import { hurry, type Site } from './site.ts'
import { brokenPromises, lostObjects, tenantsObjects } from './verify.ts'

export interface Storm {
  readonly jobs: number
  readonly seed: number
  readonly faults: readonly Fault[]
  /** At least so many blows, and until the last job was given. */
  readonly blows: number
  /** Between two blows, at random. */
  readonly pauseMs: readonly [number, number]
  readonly withReview: boolean
  readonly decodeAtMost: number
  readonly say: (line: string) => void
}

export interface Outcome {
  /** In words; empty: none. */
  readonly broken: readonly string[]
  /** How often each fault struck. */
  readonly blows: Readonly<Record<string, number>>
  readonly jobs: Readonly<Record<string, number>>
  readonly redone: Redone
  readonly stormSeconds: number
  readonly settleSeconds: number
}

const SETTLE_MS = 1_800_000

/** Jobs in a storm; then the calm, in which everything must come right. */
export const runChaos = async (site: Site, storm: Storm): Promise<Outcome> => {
  const { say, seed } = storm
  const before = await tenantsObjects(site)
  const kinds = await kindsOn(site, storm)
  const earlier = await forgetEarlier(site)
  const over = new AbortController()
  const startedMs = performance.now()
  const random = seeded(seed)
  const orders = Array.from({ length: storm.jobs }, (_, number) => ({ kind: kinds[number % kinds.length], number }))
  const running: Promise<Job>[] = []
  const giving = (async () => {
    for (const { kind, number } of orders) {
      if (!kind) throw new Error('there are no jobs')
      const job = runJob(site, { kind, number, random: seeded(seed + number), signal: over.signal })
      // Seen below.
      job.catch(() => undefined)
      running.push(job)
      await pause((storm.blows * (storm.pauseMs[0] + storm.pauseMs[1])) / 2 / orders.length, over.signal)
    }
  })()
  const struck = await strikeAgainAndAgain(site, { storm, random, given: giving })
  const stormSeconds = (performance.now() - startedMs) / 1000
  say(`the storm is over after ${Math.round(stormSeconds)} s: ${JSON.stringify(struck.counts)}`)
  for (const clock of site.clocks) await setClock(clock, 0)
  const jobs = await Promise.all(running)
  await settled(site)
  const settleSeconds = (performance.now() - startedMs) / 1000 - stormSeconds
  say(`settled after ${Math.round(settleSeconds)} s`)
  const redone = await redoneWork(site)
  const harm = struck.harm
  const broken = [
    ...(await brokenPromises(site, { jobs, earlier, decodeAtMost: storm.decodeAtMost })),
    ...(redone.byDeaths + redone.byCutOff > harm.slots
      ? [
          `redone: ${redone.byDeaths} encodes of dead workers, ${redone.byCutOff} handed back, for ${harm.slots} slots that were killed`,
        ]
      : []),
    ...(redone.byFfmpeg > harm.ffmpegs
      ? [`redone: ${redone.byFfmpeg} for ${harm.ffmpegs} FFmpegs that were ended`]
      : []),
    ...(await lostObjects(site, before)),
    // A storm that spares something shows nothing of it.
    ...storm.faults.filter(({ name }) => !struck.counts[name]).map(({ name }) => `never struck: ${name}`),
    ...[...site.apis, ...site.workers].flatMap(({ ownEnds }) => ownEnds),
  ]
  over.abort()
  return {
    broken,
    blows: struck.counts,
    jobs: countBy(jobs, ({ kind }) => kind.name),
    redone,
    stormSeconds,
    settleSeconds,
  }
}

/** What was there before the storm is not judged; answers its ids. */
const forgetEarlier = async ({ ask }: Site): Promise<readonly string[]> => {
  await ask(sql`delete from chaos_journal`)
  return (await ask(sql<{ id: string }>`select id from asset`)).map(({ id }) => id)
}

const countBy = <T>(all: readonly T[], name: (one: T) => string): Readonly<Record<string, number>> =>
  Object.fromEntries([...Map.groupBy(all, name)].map(([key, found]) => [key, found.length]))

interface Striking {
  readonly storm: Storm
  readonly random: Random
  /** When all jobs have been given. */
  readonly given: Promise<void>
}

/** The next one does not wait for those that last. */
const strikeAgainAndAgain = async (site: Site, { storm, random, given }: Striking) => {
  const over = new AbortController()
  const lasting: Promise<void>[] = []
  const hits: { readonly name: string; readonly harm: Harm }[] = []
  const bag = random.deal(storm.faults.flatMap((fault) => Array.from({ length: fault.weight }, () => fault)))
  let isGiven = false
  const giving = given.then(() => {
    isGiven = true
  })
  const never = new AbortController().signal
  for (let blow = 0; blow < storm.blows || !isGiven; blow++) {
    await Promise.race([pause(random.between(...storm.pauseMs), never), ...(blow < storm.blows ? [] : [giving])])
    const fault = bag.next().value
    storm.say(fault.name)
    const strike = fault.strike({ site, random, signal: over.signal }).then((harm) => {
      if (harm !== 'missed') hits.push({ name: fault.name, harm })
    })
    strike.catch(() => undefined)
    lasting.push(strike)
  }
  await giving
  over.abort()
  await Promise.all(lasting)
  const sum = (part: keyof Harm) => hits.reduce((total, { harm }) => total + harm[part], 0)
  return { counts: countBy(hits, ({ name }) => name), harm: { slots: sum('slots'), ffmpegs: sum('ffmpegs') } }
}

/** Nothing is left to do, also of what comes late on purpose, and all that was told has arrived. */
const settled = (site: Site): Promise<boolean> =>
  until(
    'everything is settled',
    async () => {
      await hurry(site)
      const [row] = await site.ask(sql<{ left: number }>`
        select (select count(*) from engine.step where state in ('waiting', 'running'))
          + (select count(*) from webhook_delivery where state = 'waiting') as left
      `)
      return Number(row?.left) === 0
    },
    SETTLE_MS,
  )
