import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { createLogger } from '../../src/http/logger.ts'
import { SupervisedChild } from '../../src/main/child-process.ts'

let folder: string
let program: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'telecine-child-'))
  program = join(folder, 'child.mjs')
  await writeFile(program, `process.on('message', () => {}); process.send('at work')`)
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const { execPath } = process

// Node throws the one and emits the other.
test.each([
  ['E2BIG', () => ({ TOO_LONG: 'x'.repeat(1 << 20) })],
  [
    'ENOENT',
    () => {
      process.execPath = join(folder, 'nowhere')
      return {}
    },
  ],
] as const)('a child that the system cannot make, by %s, is tried again after a pause', async (code, failing) => {
  onTestFinished(() => {
    process.execPath = execPath
  })
  const destination = new PassThrough({ encoding: 'utf8' })
  const working = Promise.withResolvers<unknown>()
  let starts = 0
  {
    await using _child = new SupervisedChild({
      ...{ program, name: 'worker', logger: createLogger({ level: 'warn', destination }) },
      environment() {
        process.execPath = execPath
        return starts++ === 0 ? failing() : {}
      },
      onMessage: working.resolve,
    })
    expect(await working.promise).toBe('at work')
  }
  const [line = '', ...more] = String(destination.read()).trimEnd().split('\n')
  expect(JSON.parse(line)).toMatchObject({ child: 'worker', code, pause_ms: 200 })
  expect(more).toEqual([])
})
