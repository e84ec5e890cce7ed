import { setTimeout as delay } from 'node:timers/promises'
import { cpuSecondsOf, endedChildrenCpuSeconds, machineCpuSeconds } from './processes.ts'

/** What one side of a comparison cost. */
export interface Cost {
  readonly wallSeconds: number
  /** User and system time of all processes that belong to it. */
  readonly cpuSeconds: number
  /** The same of the bench itself, which is not among them. */
  readonly benchCpuSeconds: number
  /** How many processors others kept busy meanwhile; above a tenth, wall times are noise. */
  readonly othersProcessors: number
}

/** Runs the work and reads off what it cost by the given meter of processor seconds. */
export const measureCost = async (meter: () => number, work: () => Promise<unknown>): Promise<Cost> => {
  const before = { cpu: meter(), machine: machineCpuSeconds(), own: process.cpuUsage(), at: performance.now() }
  await work()
  const wallSeconds = (performance.now() - before.at) / 1000
  const cpuSeconds = meter() - before.cpu
  const own = process.cpuUsage(before.own)
  const benchCpuSeconds = (own.user + own.system) / 1e6
  const others = machineCpuSeconds() - before.machine - cpuSeconds - benchCpuSeconds
  return { wallSeconds, cpuSeconds, benchCpuSeconds, othersProcessors: Math.max(0, others / wallSeconds) }
}

/** Of work that runs in children of this process and has waited for all of them. */
export const measureChildren = (work: () => Promise<unknown>): Promise<Cost> =>
  measureCost(endedChildrenCpuSeconds, work)

const WINDOW_MS = 500
/** Polling and heartbeats stay below. */
const IDLE_CPU_SECONDS = 0.03
const PATIENCE_MS = 15_000

/** Waits until a tree of processes has nothing to do any more. */
export const settle = async (root: number, signal: AbortSignal): Promise<void> => {
  const deadline = performance.now() + PATIENCE_MS
  for (let before = cpuSecondsOf(root); performance.now() < deadline; ) {
    await delay(WINDOW_MS, undefined, { signal })
    const now = cpuSecondsOf(root)
    if (now - before <= IDLE_CPU_SECONDS) return
    before = now
  }
}
