import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { getPriority, tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { complaintsIn, explainExit } from '../../src/adapters/ffmpeg/explain-exit.ts'
import { JoinedRun } from '../../src/adapters/ffmpeg/joined-run.ts'
import { FfmpegRun, type RunOptions, runFfmpeg } from '../../src/adapters/ffmpeg/run.ts'
import { ffmpegPath } from '../support/ffmpeg.ts'
import { never } from './workbench.ts'

// Programs that end as an FFmpeg may, at a moment that no real one can be brought to.
let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'telecine-run-'))
})
afterAll(() => rm(folder, { recursive: true }))

const program = async (name: string, script: string): Promise<RunOptions> => {
  const path = join(folder, name)
  await writeFile(path, `#!/bin/sh\n${script}\n`)
  await chmod(path, 0o755)
  const limits = { wallMs: 60_000, noProgressMs: 60_000, idleMs: 60_000, memoryBytes: 2 ** 32 }
  return { ffmpegPath: path, args: [], limits, signal: never }
}

test('what is kept of a long log begins with a whole line', async () => {
  const lines = 'for n in $(seq 1000 3000); do echo "complaint number $n" >&2; done'
  const { stderr } = await runFfmpeg(await program('talkative', lines))
  expect(complaintsIn(stderr)[0]).toMatch(/^complaint number \d{4}$/)
  expect(stderr).toMatch(/complaint number 3000\n$/)
})

test('a first FFmpeg that closed its pipe before it ended is the one that failed', async () => {
  const options = await program('failing', 'exec 3>&-; sleep 1; echo "malloc of size 100 failed" >&2; exit 1')
  const first = new FfmpegRun({ ...options, outputs: 1 })
  const [pipe] = first.outputs
  if (!pipe) throw new Error('it has one output')
  const joined = new JoinedRun({ ffmpegPath: await ffmpegPath() }, first, {
    ...{ pipe, outputs: 1, limits: options.limits, signal: never },
    args: (targets) => ['-f', 'nut', '-i', 'pipe:0', '-f', 'adts', ...targets],
  })
  for (const output of joined.outputs) output.resume()
  expect(explainExit(await joined.ended)).toMatchObject({ message: expect.stringContaining('memory') })
})

test.skipIf(process.platform !== 'linux')(
  'one that hangs is ended long before one that computes without getting anywhere',
  async () => {
    const limits = { wallMs: 60_000, noProgressMs: 2000, idleMs: 500, memoryBytes: 2 ** 32 }
    const hung = await runFfmpeg({ ...(await program('hung', 'exec sleep 60')), limits })
    expect(hung.stop).toEqual({ type: 'no_progress', seconds: 1 })
    const busy = await runFfmpeg({ ...(await program('busy', 'while :; do :; done')), limits })
    expect(busy.stop).toEqual({ type: 'no_progress', seconds: 2 })
    const awaited = { ...(await program('awaited', 'sleep 1.5')), limits, isWaiting: () => true }
    expect((await runFfmpeg(awaited)).stop).toBe(undefined)
  },
)

const endsWithItsOwner = spawnSync('setpriv', ['--pdeathsig', 'KILL', 'true']).status === 0

test.skipIf(!endsWithItsOwner)('one that hangs is gone as soon as the process that started it was killed', async () => {
  const owner = spawn(process.execPath, [join(import.meta.dirname, 'run-owner.ts'), await ffmpegPath()], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  onTestFinished(() => void owner.kill('SIGKILL'))
  await once(owner.stdout, 'data')
  const [pid = 0] = readFileSync(`/proc/${owner.pid}/task/${owner.pid}/children`, 'utf8').split(' ').map(Number)
  process.kill(pid, 'SIGSTOP')
  await expect.poll(() => stateOf(pid)).toBe('T')
  owner.kill('SIGKILL')
  // Where nobody takes it over, what is dead stays in the table.
  await expect.poll(() => stateOf(pid) ?? 'Z', { timeout: 10_000 }).toBe('Z')
})

/** A letter; `undefined`: there is no such process any more. */
const stateOf = (pid: number): string | undefined => {
  try {
    return /\) (\w)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1]
  } catch {
    return undefined
  }
}

test.skipIf(process.platform !== 'linux')(
  'one that a viewer waits for gives way to nothing, and later to those that another one waits for',
  async () => {
    const options = await program('urgent', 'echo $$ >&3; exec sleep 60 3>&-')
    const runs = [new FfmpegRun({ ...options, outputs: 1, isUrgent: true }), new FfmpegRun({ ...options, outputs: 1 })]
    const [urgent = 0, ordinary = 0] = await Promise.all(
      runs.map(async ({ outputs: [pid] }) => Number(pid && (await text(pid)))),
    )
    expect([weights(urgent), weights(ordinary)]).toEqual([
      [0, 0],
      [10, 10],
    ])
    runs[0]?.giveWay()
    expect(weights(urgent)).toEqual([7, 7])
    for (const run of runs) run.stop({ type: 'cancelled' })
    await Promise.all(runs.map(({ ended }) => ended))
  },
)

/** Of the process, and of its session where the kernel weighs those. */
const weights = (pid: number): readonly [number, number] => {
  const nice = getPriority(pid)
  const session = /nice (-?\d+)/.exec(spawnSync('cat', [`/proc/${pid}/autogroup`]).stdout.toString())?.[1]
  return [nice, Number(session ?? nice)]
}
