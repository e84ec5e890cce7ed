import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { PictureProcess } from '../../src/adapters/moderation/picture-process.ts'
import { SuspectFailure } from '../../src/core/shared/task.ts'
import { until } from '../support/until.ts'

const never = new AbortController().signal
const JPEG = Buffer.from('a picture')

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'telecine-programs-'))
})
afterAll(() => rm(folder, { recursive: true }))

/** Its work is what becomes the answer to `{ id, jpeg }`. */
const program = async (name: string, work: string, limits: { memoryBytes?: number; answerMs?: number } = {}) => {
  const file = join(folder, `${name}.mjs`)
  await writeFile(
    file,
    `process.on('message', ({ id, jpeg }) => { ${work} })
    process.on('disconnect', () => process.exit())
    process.send({ id: 0, answer: 'ready' })`,
  )
  return { name: 'what is tested', file, memoryBytes: 2 ** 40, loadMs: 60_000, answerMs: 60_000, ...limits }
}

const isRunning = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

test('answers about one picture after the other, until it is closed; then its process is gone', async () => {
  const working = await program('working', 'process.send({ id, answer: [process.pid, Buffer.from(jpeg).toString()] })')
  const open = await PictureProcess.open(working, never)
  const [pid, text] = Object(await open.ask(JPEG, never))
  expect(text).toBe('a picture')
  expect(await open.ask(Buffer.from('another'), never)).toEqual([pid, 'another'])
  await open[Symbol.asyncDispose]()
  expect(isRunning(pid)).toBe(false)
  await expect(open.ask(JPEG, never)).rejects.toThrow('what is tested has ended unexpectedly (SIGKILL)')
})

test('sees nothing of our environment', async () => {
  await using open = await PictureProcess.open(
    await program('spy', 'process.send({ id, answer: Object.keys(process.env) })'),
    never,
  )
  const names = Object(await open.ask(JPEG, never)).filter((name: string) => !/^(PWD|OLDPWD|SHLVL|_)$/.test(name))
  expect(names.toSorted()).toEqual(['LC_ALL', 'MALLOC_ARENA_MAX', 'PATH'])
})

test.each([
  ['says that it cannot', "process.send({ id, error: 'no picture' })", 'what is tested cannot say: no picture'],
  ['crashes', "process.kill(process.pid, 'SIGSEGV')", 'what is tested has ended unexpectedly (SIGSEGV)'],
  ['leaves', 'process.exit(3)', 'what is tested has ended unexpectedly (exit code 3)'],
  ['answers something else', "process.send('hello')", 'what is tested answers something else'],
  ['hangs', 'for (;;);', 'what is tested gave no answer within 0.5 s'],
])('one that %s fails the try, and says why', async (what, work, reason) => {
  const bad = await program(what.replaceAll(' ', '-'), work, what === 'hangs' ? { answerMs: 500 } : {})
  await using open = await PictureProcess.open(bad, never)
  await expect(open.ask(JPEG, never)).rejects.toThrow(new SuspectFailure(reason))
})

test.skipIf(process.platform !== 'linux')('one that takes too much memory ends, and nothing else does', async () => {
  // Zeros that nobody reads take address space alone.
  const work =
    'const all = []; for (; all.length < 16; ) all.push(Buffer.alloc(256 << 20)); process.send({ id, answer: 1 })'
  const greedy = await program('greedy', work, { memoryBytes: 2 ** 31 })
  await using open = await PictureProcess.open(greedy, never)
  await expect(open.ask(JPEG, never)).rejects.toThrow(/^what is tested has ended unexpectedly/)
})

test('one that cannot be loaded says why, and leaves no process behind', async () => {
  const file = join(folder, 'broken.mjs')
  const load = "import('not-there').then(() => undefined, ({ message }) => process.send({ id: 0, error: message }))"
  await writeFile(file, `${load}; process.on('message', () => undefined)`)
  const broken = { ...(await program('any', '')), file }
  await expect(PictureProcess.open(broken, never)).rejects.toThrow(
    "what is tested cannot say: Cannot find package 'not-there'",
  )
  await expect(PictureProcess.open({ ...broken, file: join(folder, 'absent.mjs') }, never)).rejects.toThrow(
    'what is tested has ended unexpectedly (exit code 1)',
  )
})

test('ends with the review, also in the middle of a picture', async () => {
  const ending = new AbortController()
  const endless = await program('endless', 'if (id === 1) process.send({ id, answer: process.pid }); for (; id > 1;);')
  await using open = await PictureProcess.open(endless, ending.signal)
  const pid = Number(await open.ask(JPEG, ending.signal))
  const asking = open.ask(JPEG, ending.signal)
  ending.abort(new Error('cancelled'))
  await expect(asking).rejects.toThrow('cancelled')
  await until('its process is gone', async () => !isRunning(pid))
  await expect(PictureProcess.open(endless, ending.signal)).rejects.toThrow('cancelled')
})
