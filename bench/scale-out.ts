import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { type Bench, ROOT } from './bench.ts'
import { type Clip, longClip, smallClip } from './clips.ts'
import type { Figure } from './figure.ts'
import { type Cost, measureCost } from './measure.ts'
import { type PeakMemory, watchMemory } from './peak-memory.ts'
import { cpuSecondsOf } from './processes.ts'
import { startSeparateApi } from './separate-api.ts'
import { authorizeBucket, creation, putIntoBucket, untilTranscoded } from './whole-job.ts'

/** Line (l): a film in chunks by two worker processes, each pinned to a processor of its own, against one of them. */
export const scaleOut = async (bench: Bench): Promise<readonly Figure[]> => {
  const clip = bench.quick ? await smallClip(bench) : await longClip(bench, 5)
  const one = await jobOf(bench, clip, 1)
  bench.say(`one worker: ${one.wallSeconds.toFixed(0)} s`)
  const two = await jobOf(bench, clip, 2)
  bench.say(`two workers: ${two.wallSeconds.toFixed(0)} s`)
  return [
    {
      ...{ id: `l.${clip.name}`, what: 'a film in chunks: two workers of one processor each against one' },
      ...{ value: one.wallSeconds / two.wallSeconds, unit: 'ratio', target: { atLeast: 1.85 } },
      parts: {
        ...{ one_s: one.wallSeconds, two_s: two.wallSeconds, one_cpu_s: one.cpuSeconds, two_cpu_s: two.cpuSeconds },
        others_processors: Math.max(one.othersProcessors, two.othersProcessors),
      },
    },
    {
      ...{
        id: 'l.ffmpeg',
        what: 'the most memory of an FFmpeg of a slot',
        value: Math.max(one.mb.ffmpeg, two.mb.ffmpeg),
      },
      ...{ unit: 'MB', target: { atMost: 700 }, parts: { slots: 1 } },
    },
    {
      ...{ id: 'l.worker', what: 'the most memory of a worker itself', value: Math.max(one.mb.node, two.mb.node) },
      ...{ unit: 'MB', target: { atMost: 200 }, parts: { slots: 1 } },
    },
  ]
}

/** Chunks of 15 s: that many more than workers, so that none waits long for the other's last one. */
const CHUNK_SECONDS = '15'

const jobOf = async (bench: Bench, clip: Clip, workers: number): Promise<Cost & Pick<PeakMemory, 'mb'>> => {
  const dataDir = await mkdtemp(join(bench.folder, 'scale-'))
  try {
    await using api = await startSeparateApi(bench, dataDir)
    const { product, postgres, environment } = api
    await putIntoBucket(dataDir, clip.path, 'clip.mp4')
    using client = product.client({ connections: 1 })
    const { project_id: project } = product.credentials
    await authorizeBucket(client, project)
    await using stack = new AsyncDisposableStack()
    const pids: number[] = []
    const memories: PeakMemory[] = []
    for (let core = 0; core < workers; core++) {
      const { pid } = stack.use(await startWorker({ dataDir, environment, core }))
      pids.push(pid)
      memories.push(stack.use(watchMemory(pid)))
    }
    const meter = () => [product.pid, postgres.pid, ...pids].reduce((sum, pid) => sum + cpuSecondsOf(pid), 0)
    const cost = await measureCost(meter, async () => {
      const made = await client.call('POST', `/v1.0/${project}/asset/reproduction`, creation('clip.mp4'))
      await untilTranscoded(bench, client, `/v1.0/${project}/asset/list?asset_id=${String(made['asset_id'])}`)
    })
    const most = (kind: 'ffmpeg' | 'node') => Math.max(...memories.map(({ mb }) => mb[kind]))
    return { ...cost, mb: { ffmpeg: most('ffmpeg'), node: most('node') } }
  } finally {
    await rm(dataDir, { recursive: true, force: true })
  }
}

interface PinnedWorker {
  readonly dataDir: string
  readonly environment: Readonly<Record<string, string>>
  readonly core: number
}

/** What it starts is pinned with it: FFmpeg, too. One slot, so both have as many. */
const startWorker = async ({ dataDir, environment, core }: PinnedWorker) => {
  await using log = await open(`${dataDir}-${core}.log`, 'a')
  const settings = { TELECINE_DATA_DIR: dataDir, TELECINE_WORKER_SLOTS: '1', TELECINE_CHUNK_SECONDS: CHUNK_SECONDS }
  const child = spawn('taskset', ['-c', String(core), process.execPath, join(ROOT, 'bin/telecine.js'), 'worker'], {
    env: { ...process.env, ...environment, ...settings },
    stdio: ['ignore', log.fd, log.fd],
  })
  await once(child, 'spawn')
  if (child.pid === undefined) throw new Error('taskset has no pid')
  return { pid: child.pid, [Symbol.asyncDispose]: () => end(child) }
}

const end = async (child: ChildProcess): Promise<void> => {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = once(child, 'exit')
  child.kill('SIGTERM')
  await exited
}
