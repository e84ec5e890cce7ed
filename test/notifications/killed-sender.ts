import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { AssetId } from '../../src/core/shared/ids.ts'
import { pause } from '../../src/engine/pause.ts'
import { builtProgram } from '../support/built-program.ts'
import { type Received, startReceiver } from '../support/receiver.ts'
import { until } from '../support/until.ts'
import { assetIn, createWorkbench, reasonIn, type Workbench } from './workbench.ts'

interface Load {
  /** Whole API processes, instead of ones that do nothing but send. */
  readonly whole?: true
  readonly assets: number
  readonly eventsEach: number
  /** How long a sender lives from its first call on, before it is killed and another one takes its place. */
  readonly lifeMs: number
  /** The one after so many stays; absent: none does. */
  readonly mostKills?: number
  readonly leaseSeconds?: number
  /** Pauses that are longer are cut short: the fifth is of 16 s. */
  readonly longestPauseSeconds?: number
  readonly patienceMs: number
}

export interface Outcome {
  readonly kills: number
  /** Calls that the receiver got; those beyond the events are tries again. */
  readonly calls: number
  readonly refused: number
  /** Which events of each asset it accepted, each at the first time. */
  readonly accepted: ReadonlyMap<string, readonly string[]>
  readonly states: readonly string[]
}

/** Of all calls, also those that repeat one. */
const SHARE_FAILING = 0.3

/** Events of many assets to a receiver that fails 30 % of the calls, while they are told, and senders are killed one after the other. */
export const sendWhileKilling = async (load: Load): Promise<Outcome> => {
  await using bench = await createWorkbench()
  const accepted = new Map<string, string[]>()
  let [calls, refused] = [0, 0]
  const nextCall = async (signal: AbortSignal) => {
    const before = calls
    while (calls === before && !signal.aborted) await pause(20, signal)
  }
  await using receiver = await startReceiver((one, response) => {
    calls++
    if (Math.random() < SHARE_FAILING) {
      refused++
      // Half of them break off without an answer.
      return Math.random() < 0.5 ? response.destroy() : response.writeHead(503).end()
    }
    note(accepted, one)
    response.end()
  })
  await bench.addWebhook(receiver.url)
  const over = new AbortController()
  const killing = killAgainAndAgain(bench, { ...load, nextCall }, over.signal)
  await tellAll(bench, load)
  const states = await until(
    'everything is delivered',
    async () => {
      if (load.longestPauseSeconds !== undefined) await bench.hurry(load.longestPauseSeconds)
      const all = await bench.states()
      return all.every((state) => !state.startsWith('waiting')) && all
    },
    load.patienceMs,
  )
  over.abort()
  return { kills: await killing, calls, refused, accepted, states }
}

const note = (accepted: Map<string, string[]>, one: Received): void => {
  const told = accepted.get(assetIn(one)) ?? []
  // Delivery is at least once: a sender may die between the answer and the note of it.
  if (!told.includes(reasonIn(one))) accepted.set(assetIn(one), [...told, reasonIn(one)])
}

const tellAll = async (bench: Workbench, { assets, eventsEach }: Load): Promise<void> => {
  const ids: AssetId[] = []
  for (let n = 0; n < assets; n++) ids.push(await bench.newAsset())
  const numbers = Array.from({ length: eventsEach }, (_, n) => String(n))
  for (const n of numbers) for (const id of ids) await bench.tell(id, n)
}

interface Killing extends Load {
  readonly nextCall: (signal: AbortSignal) => Promise<void>
}

const killAgainAndAgain = async (bench: Workbench, load: Killing, over: AbortSignal): Promise<number> => {
  const { url, foundation } = bench.server
  const { config, masterKey } = foundation
  const environment = {
    ...{ PATH: process.env['PATH'], HOME: process.env['HOME'], TELECINE_DATA_DIR: config.dataDir },
    TELECINE_DATABASE_URL: config.database.kind === 'external' ? config.database.url : '',
    TELECINE_MASTER_KEY: masterKey.toString('base64'),
    TELECINE_FETCH_ALLOW_PRIVATE: 'true',
    TELECINE_LISTEN: '127.0.0.1:0',
    TELECINE_LOG_LEVEL: 'error',
  }
  const lease = load.leaseSeconds === undefined ? [] : [String(load.leaseSeconds)]
  const program = load.whole
    ? [builtProgram(), 'serve']
    : [join(import.meta.dirname, 'sender-process.ts'), url, ...lease]
  for (let kills = 0; ; kills++) {
    const child = spawn(process.execPath, program, {
      env: environment,
      stdio: ['ignore', 'ignore', 'inherit'],
    })
    const ended = once(child, 'exit')
    await load.nextCall(over)
    await pause(kills === load.mostKills ? load.patienceMs : load.lifeMs, over)
    child.kill('SIGKILL')
    const [, signal] = await ended
    if (signal !== 'SIGKILL') throw new Error('the sender ended by itself')
    if (over.aborted) return kills
  }
}
