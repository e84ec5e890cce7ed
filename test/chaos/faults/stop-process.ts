import { sql } from 'kysely'
import { pause } from '../../../src/engine/pause.ts'
import type { Site } from '../site.ts'
import type { Fault } from './fault.ts'
import { isFfmpeg, someFfmpeg } from './kill-process.ts'

/** Longer than a silence after which others take over, so that it wakes as one that has lost its work. */
const FROZEN_MS = 13_000

/** As a machine that is cut off, and comes back. */
export const stopWorker: Fault = {
  name: 'worker stopped',
  weight: 1,
  async strike({ site, random, signal }) {
    const worker = random.pick(site.workers)?.current
    if (!worker?.child.kill('SIGSTOP')) return 'missed'
    await pause(FROZEN_MS, signal)
    worker.child.kill('SIGCONT')
    return { slots: 1, ffmpegs: 1 }
  },
}

/** Longer than it takes until a hung one is replaced. */
const HUNG_MS = 30_000

/** Stops an FFmpeg. The answer ends it, if that was left to us: nobody can see a hung one whose worker died. */
export const stopHard = (pid: number): (() => Promise<void>) => {
  signalIfThere(pid, 'SIGSTOP')
  return async () => {
    if (await isFfmpeg(pid)) signalIfThere(pid, 'SIGKILL')
  }
}

const signalIfThere = (pid: number, name: NodeJS.Signals): void => {
  try {
    process.kill(pid, name)
  } catch {
    // It has ended.
  }
}

export const stopFfmpeg: Fault = {
  name: 'FFmpeg stopped',
  weight: 1,
  async strike({ site, random, signal }) {
    const pid = await someFfmpeg(site, (all) => random.pick(all))
    if (pid === undefined || (await hasHungTwice(site))) return 'missed'
    const wake = stopHard(pid)
    await pause(HUNG_MS, signal)
    await wake()
    return { slots: 0, ffmpegs: 1 }
  },
}

/** The third time in a task is taken for the file's own doing, by design (decision 0015), and fails the asset. */
const hasHungTwice = async ({ ask }: Pick<Site, 'ask'>): Promise<boolean> =>
  (await ask(sql`select 1 from engine.task where suspect >= 2 and state in ('queued', 'running')`)).length > 0
