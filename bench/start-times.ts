import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Bench } from './bench.ts'
import { type Figure, median, type Target } from './figure.ts'
import { cpuSecondsOf } from './processes.ts'
import { Product } from './product.ts'

/** Line (e): `telecine start` on an empty data folder and again on the same one, until it says that it is ready. */
export const startTimes = async (bench: Bench): Promise<readonly Figure[]> => {
  const first: Start[] = []
  const next: Start[] = []
  for (let round = 0; round < bench.rounds; round++) {
    const dataDir = await mkdtemp(join(bench.folder, 'start-'))
    for (const starts of [first, next]) {
      await using product = await Product.start(bench, { command: 'start', dataDir })
      const start = { readySeconds: product.readySeconds, cpuSeconds: cpuSecondsOf(product.pid) }
      starts.push(start)
      const [ready, cpu] = [start.readySeconds.toFixed(2), start.cpuSeconds.toFixed(2)]
      bench.say(`start on ${starts === first ? 'an empty' : 'the same'} folder: ready after ${ready} s, ${cpu} s CPU`)
    }
    await rm(dataDir, { recursive: true, force: true })
  }
  return [
    startFigure(first, { id: 'e.first', what: 'empty data folder to the ready line', target: { atMost: 10 } }),
    startFigure(next, { id: 'e.next', what: 'following start to the ready line', target: { atMost: 3 } }),
  ]
}

interface Start {
  readonly readySeconds: number
  /** Of all processes of the installation until then. */
  readonly cpuSeconds: number
}

const startFigure = (starts: readonly Start[], line: Pick<Figure, 'id' | 'what'> & { target: Target }): Figure => {
  const seconds = starts.map(({ readySeconds }) => readySeconds)
  return {
    ...line,
    value: median(seconds),
    unit: 's',
    parts: {
      fastest_s: Math.min(...seconds),
      slowest_s: Math.max(...seconds),
      cpu_s: median(starts.map(({ cpuSeconds }) => cpuSeconds)),
      rounds: starts.length,
    },
  }
}
