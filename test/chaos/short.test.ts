import { expect, test } from 'vitest'
import { PATIENT } from '../support/until.ts'
import { killBackend } from './faults/kill-postgres.ts'
import { killApi, killFfmpeg, killWorker } from './faults/kill-process.ts'
import { runChaos } from './run-chaos.ts'
import { startSite } from './site.ts'
import { putSources } from './sources.ts'

// `npm run chaos` is the long form, with more jobs and more kinds of mishap.
test(
  'eight jobs while workers, APIs, FFmpegs and PostgreSQL are killed: all end as they must, once',
  PATIENT,
  async () => {
    await using site = await startSite({ fakeClocks: false })
    await putSources(site)
    const said: string[] = []
    // Each once, in an order that the seed gives.
    const faults = [killApi, killWorker, killFfmpeg, killBackend].map((fault) => ({ ...fault, weight: 1 }))
    const outcome = await runChaos(site, {
      ...{ jobs: 8, seed: 1, blows: 4, pauseMs: [1_000, 3_000], withReview: false, decodeAtMost: 5 },
      faults,
      say: (line) => said.push(line),
    })
    expect(outcome.broken, said.join('\n')).toEqual([])
    for (const { name } of faults) expect(outcome.blows[name], name).toBeGreaterThanOrEqual(1)
    expect(Object.values(outcome.jobs).reduce((sum, count) => sum + count)).toBe(8)
  },
)
