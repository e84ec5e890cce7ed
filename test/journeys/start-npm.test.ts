import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { builtProgram } from '../support/built-program.ts'
import { PATIENT, until } from '../support/until.ts'
import { descendantsOf, isAlive, killAll } from './processes.ts'

let dataDir: string
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'telecine-npm-'))
})
afterAll(() => rm(dataDir, { recursive: true, force: true }))

test('SIGTERM to npm ends all that `npm start` started, in good order', PATIENT, async () => {
  const { PATH = '', HOME = '/' } = process.env
  const env = { PATH, HOME, TELECINE_DATA_DIR: dataDir, TELECINE_LISTEN: '127.0.0.1:0' }
  const npm = spawn('npm', ['start'], {
    cwd: dirname(dirname(builtProgram())),
    env,
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const ended = once(npm, 'close')
  for await (const line of createInterface({ input: npm.stdout })) if (line.startsWith('telecine ready ')) break
  const started = await descendantsOf(npm.pid ?? 0)
  try {
    // Supervisor, API, worker, PostgreSQL with processes of its own.
    expect(started.length).toBeGreaterThan(4)
    npm.kill('SIGTERM')
    expect(await ended).toEqual([0, null])
    // The watchdog of PostgreSQL ends when it reads that nobody holds its input any more: a moment later.
    await until('every process has ended', async () => !started.some(isAlive))
  } finally {
    killAll(started.filter(isAlive))
  }
})
