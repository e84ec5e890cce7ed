/** `npm run chaos`: mixed jobs while everything that can die or fail does so. See CONTRIBUTING.md. */
import { writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { missingMount } from '../journeys/small-disk.ts'
import { missingS3, type S3UnderTest, startS3 } from '../support/object-store.ts'
import { type Drill, missedTargets, runDrills } from './drills.ts'
import { jumpClock, missingClocks } from './faults/clock-jump.ts'
import type { Fault } from './faults/fault.ts'
import { fillDisk, mountBuckets } from './faults/full-disk.ts'
import { killBackend, killPostmaster } from './faults/kill-postgres.ts'
import { killApi, killFfmpeg, killWorker } from './faults/kill-process.ts'
import { stopFfmpeg, stopWorker } from './faults/stop-process.ts'
import { startStoreProxy, storeFaults } from './faults/store-proxy.ts'
import { seeded } from './random.ts'
import { type Outcome, runChaos, type Storm } from './run-chaos.ts'
import { type SiteOptions, startSite } from './site.ts'
import { putSources } from './sources.ts'

const USAGE = `usage: npm run chaos -- [--jobs N] [--seed N] [--drills N] [--allow-skips] [--json FILE]

  --jobs    in all, half of them on a local store and half on an S3 store, if there is one; 200 when absent
  --seed    of what is random; printed, so that a run can be repeated
  --drills  how often each takeover is measured; 3 when absent
  --json    where all figures go besides what is printed
  --allow-skips  what cannot be done on this machine is no failure`

const KILLS: readonly Fault[] = [killApi, killWorker, killFfmpeg, killBackend, killPostmaster, stopWorker, stopFfmpeg]
const SECONDS_A_JOB = 3
const PAUSE_MS = [1_000, 5_000] as const

interface Round {
  readonly name: string
  readonly site: SiteOptions
  readonly faults: readonly Fault[]
}

const main = async (): Promise<void> => {
  const { values } = parseArgs({
    options: {
      jobs: { type: 'string', default: '200' },
      seed: { type: 'string', default: String(Date.now() % 1_000_000) },
      drills: { type: 'string', default: '3' },
      json: { type: 'string' },
      'allow-skips': { type: 'boolean', default: false },
      help: { type: 'boolean' },
    },
  })
  if (values.help) return console.log(USAGE)
  const [jobs, seed, drills] = [values.jobs, values.seed, values.drills].map(Number)
  if (!jobs || seed === undefined || drills === undefined || ![jobs, seed, drills].every(Number.isSafeInteger)) {
    throw new Error(USAGE)
  }
  console.log(`seed ${seed}`)
  const skipped = [missingClocks(), missingMount(), missingS3()].filter((one) => one !== undefined)
  for (const reason of skipped) console.log(`left out: ${reason}`)
  await using cleanup = new AsyncDisposableStack()
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    // Nothing is left behind: processes, or a disk that is mounted.
    process.once(name, () => void cleanup.disposeAsync().finally(() => process.exit(130)))
  }
  const rounds = [localRound()]
  if (missingS3() === undefined) rounds.push(await s3Round(cleanup.use(await startS3()), { seed, cleanup }))
  const results: { readonly round: string; readonly outcome: Outcome; readonly drills: readonly Drill[] }[] = []
  for (const [n, round] of rounds.entries()) {
    console.log(`\n${round.name}`)
    const share = Math.ceil(jobs / rounds.length)
    const isFirst = n === 0
    const result = await runRound(round, { cleanup, jobs: share, seed: seed + n, drills: isFirst ? drills : 0 })
    results.push({ round: round.name, ...result })
  }
  const broken = [
    ...results.flatMap(({ outcome, drills }) => [...outcome.broken, ...missedTargets(drills)]),
    ...(values['allow-skips'] ? [] : skipped.map((reason) => `left out: ${reason}`)),
  ]
  if (values.json !== undefined) {
    await writeFile(values.json, JSON.stringify({ seed, skipped, results, broken }, undefined, 2))
  }
  console.log()
  for (const line of broken) console.log(`BROKEN ${line}`)
  console.log(broken.length === 0 ? 'all promises were kept' : `${broken.length} promises were broken`)
  process.exitCode = broken.length === 0 ? 0 : 1
}

const localRound = (): Round => {
  const hasDisk = missingMount() === undefined
  const fakeClocks = missingClocks() === undefined
  return {
    name: 'on a local store',
    site: { fakeClocks, ...(hasDisk && { onBuckets: mountBuckets }) },
    faults: [...KILLS, ...(hasDisk ? [fillDisk] : []), ...(fakeClocks ? [jumpClock] : [])],
  }
}

interface Around {
  readonly seed: number
  readonly cleanup: AsyncDisposableStack
}

const s3Round = async (direct: S3UnderTest, { seed, cleanup }: Around): Promise<Round> => {
  const proxy = cleanup.use(await startStoreProxy(direct.settings.endpoint, seeded(seed)))
  const fakeClocks = missingClocks() === undefined
  return {
    name: 'on an S3 store behind a proxy that spoils',
    site: { s3: { direct, endpoint: proxy.url }, fakeClocks },
    faults: [...KILLS, ...storeFaults(proxy), ...(fakeClocks ? [jumpClock] : [])],
  }
}

interface Share extends Around {
  readonly jobs: number
  readonly drills: number
}

const runRound = async (round: Round, { cleanup, jobs, seed, drills: times }: Share) => {
  const opened = cleanup.use(new AsyncDisposableStack())
  const site = opened.use(await startSite(round.site))
  const say = (line: string) => console.log(`  ${new Date().toISOString().slice(11, 19)} ${line}`)
  await putSources(site)
  const drills = times > 0 ? await runDrills(site, times) : []
  const storm: Storm = {
    ...{ jobs, seed, faults: round.faults, pauseMs: PAUSE_MS, withReview: true, decodeAtMost: 40, say },
    blows: Math.max(
      Math.ceil((jobs * SECONDS_A_JOB * 2_000) / (PAUSE_MS[0] + PAUSE_MS[1])),
      // However few jobs: each fault comes.
      round.faults.reduce((sum, { weight }) => sum + weight, 0),
    ),
  }
  const outcome = await runChaos(site, storm)
  report(outcome, drills)
  await opened.disposeAsync()
  return { outcome, drills }
}

const report = ({ jobs, redone, ...outcome }: Outcome, drills: readonly Drill[]): void => {
  console.log(`  jobs: ${JSON.stringify(jobs)}`)
  console.log(`  blows: ${JSON.stringify(outcome.blows)}`)
  console.log(`  redone: ${redone.tries} tries for ${redone.tasks} tasks; ${JSON.stringify(redone)}`)
  console.log(`  storm ${Math.round(outcome.stormSeconds)} s, settled ${Math.round(outcome.settleSeconds)} s later`)
  for (const { name, seconds, targetSeconds } of drills) {
    const list = seconds.map((one) => one.toFixed(1)).join(', ')
    console.log(`  ${name} after ${list} s (target < ${targetSeconds} s)`)
  }
}

await main()
