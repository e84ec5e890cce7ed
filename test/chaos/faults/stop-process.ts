import { pause } from '../../../src/engine/pause.ts'
import { type Fault, NO_HARM } from './fault.ts'
import { someFfmpeg } from './kill-process.ts'

/** Longer than a silence after which others take over, so that it wakes as one that has lost its work. */
const FROZEN_MS = 13_000

/** As a machine that is cut off, and comes back. */
export const stopWorker: Fault = {
  name: 'worker stopped',
  weight: 1,
  async strike({ site, random, signal }) {
    const worker = random.pick(site.workers)?.current
    if (!worker) return 'missed'
    worker.child.kill('SIGSTOP')
    await pause(FROZEN_MS, signal)
    worker.child.kill('SIGCONT')
    return { slots: 1, ffmpegs: 1 }
  },
}

export const stopFfmpeg: Fault = {
  name: 'FFmpeg stopped',
  weight: 1,
  async strike({ site, random }) {
    const pid = await someFfmpeg(site, (all) => random.pick(all))
    if (pid === undefined) return 'missed'
    try {
      process.kill(pid, 'SIGSTOP')
    } catch {
      return NO_HARM
    }
    return { slots: 0, ffmpegs: 1 }
  },
}
