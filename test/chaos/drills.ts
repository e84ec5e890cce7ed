import { sql } from 'kysely'
import { encodersBelow } from '../journeys/processes.ts'
import { until } from '../support/until.ts'
import type { CarefulClient } from './careful-client.ts'
import { stopHard } from './faults/stop-process.ts'
import { takenOverAfter } from './journal.ts'
import type { KeptProcess } from './kept-process.ts'
import { BUCKET, type Site } from './site.ts'
import { MINUTES } from './sources.ts'

export interface Drill {
  readonly name: string
  readonly targetSeconds: number
  readonly seconds: readonly number[]
}

interface Plan {
  readonly name: string
  readonly targetSeconds: number
  /** What happens to the worker that encodes; its FFmpeg stands still. */
  strike(worker: KeptProcess): void
  /** Once it was taken over. */
  after?(worker: KeptProcess): void
}

const PLANS: readonly Plan[] = [
  {
    name: 'dead worker: taken over',
    targetSeconds: 2,
    strike: (worker) => void worker.current.child.kill('SIGKILL'),
  },
  {
    name: 'lost machine: taken over',
    targetSeconds: 15,
    strike: (worker) => void worker.current.child.kill('SIGSTOP'),
    after: (worker) => void worker.current.child.kill('SIGCONT'),
  },
  { name: 'hung FFmpeg: replaced', targetSeconds: 20, strike: () => undefined },
]

/** How long it takes until somebody else does the work; in the calm, because a storm would measure itself. */
export const runDrills = async (site: Site, times: number): Promise<readonly Drill[]> => {
  const drills: Drill[] = []
  for (const { name, targetSeconds, strike, after } of PLANS) {
    const seconds: number[] = []
    for (let time = 1; time <= times; time++) {
      const id = await newFilm(site.client, `${name} ${time}`)
      const { worker, endFfmpeg } = await stoppedEncode(site, id)
      const sinceMs = Date.now()
      strike(worker)
      seconds.push(
        await until('it is taken over', () => takenOverAfter(site, { subject: id, kind: 'transcode', sinceMs })),
      )
      after?.(worker)
      await endFfmpeg()
      await until('it is done', async () => (await site.client.stateOf(id)) === 'PUBLISHED TRANSCODE_SUCCEED')
    }
    drills.push({ name, targetSeconds, seconds })
  }
  return drills
}

/** In words, as promises that were broken. */
export const missedTargets = (drills: readonly Drill[]): readonly string[] =>
  drills.flatMap(({ name, targetSeconds, seconds }) =>
    seconds
      .filter((one) => one >= targetSeconds)
      .map((one) => `late: ${name} after ${one.toFixed(1)} s instead of < ${targetSeconds} s`),
  )

const newFilm = (client: CarefulClient, title: string): Promise<string> =>
  client.create({
    ...{ title, video_type: 'MP4', auto_publish: 1, template_group_name: 'system_template_group' },
    input: { bucket: BUCKET, object: MINUTES.key, location: 'cn-north-4' },
  })

/** Its FFmpeg is stopped, so that it is still at it when it is struck. */
const stoppedEncode = (site: Site, id: string) =>
  until('the encode is under way', async () => {
    const running = await site.ask(sql`
      select 1 from engine.task t join engine.step s on s.id = t.step_id
      where s.subject = ${id} and s.kind = 'transcode' and t.state = 'running'
    `)
    if (running.length === 0) return undefined
    for (const worker of site.workers) {
      const [ffmpeg] = await encodersBelow(worker.pid)
      if (ffmpeg === undefined) continue
      return { worker, endFfmpeg: stopHard(ffmpeg) }
    }
    return undefined
  })
