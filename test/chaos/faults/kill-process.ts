import { readFile } from 'node:fs/promises'
import { pause } from '../../../src/engine/pause.ts'
import { descendantsOf, killAll } from '../../journeys/processes.ts'
import type { Site } from '../site.ts'
import { type Fault, NO_HARM } from './fault.ts'

export const killApi: Fault = {
  name: 'API killed',
  weight: 3,
  async strike({ site, random }) {
    return random.pick(site.apis)?.current.child.kill('SIGKILL') ? NO_HARM : 'missed'
  },
}

export const killWorker: Fault = {
  name: 'worker killed',
  weight: 3,
  async strike({ site, random }) {
    return random.pick(site.workers)?.current.child.kill('SIGKILL') ? { slots: 1, ffmpegs: 0 } : 'missed'
  },
}

export const killFfmpeg: Fault = {
  name: 'FFmpeg killed',
  weight: 3,
  async strike({ site, random }) {
    const pid = await someFfmpeg(site, (all) => random.pick(all))
    if (pid === undefined) return 'missed'
    killAll([pid])
    return { slots: 0, ffmpegs: 1 }
  },
}

/** They come and go: it is waited for one, for ten seconds. */
const LOOKS = 100
const LOOK_MS = 100

/** Of a worker, any. */
export const someFfmpeg = async (
  site: Pick<Site, 'workers'>,
  pick: (all: readonly number[]) => number | undefined,
): Promise<number | undefined> => {
  const never = new AbortController().signal
  for (let look = 0; look < LOOKS; look++) {
    const pid = pick(await ffmpegsOf(site))
    if (pid !== undefined) return pid
    await pause(LOOK_MS, never)
  }
  return undefined
}

const ffmpegsOf = async ({ workers }: Pick<Site, 'workers'>): Promise<readonly number[]> => {
  const below = (await Promise.all(workers.map(({ pid }) => descendantsOf(pid)))).flat()
  const are = await Promise.all(below.map(isFfmpeg))
  return below.filter((_, n) => are[n])
}

export const isFfmpeg = async (pid: number): Promise<boolean> =>
  /^[^\0]*ffmpeg\0/.test(await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => ''))
