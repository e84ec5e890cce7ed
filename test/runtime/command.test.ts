import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { pathToFileURL } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { createDatabase } from '../support/database.ts'
import { installAround, SOURCES, testWithOldNode } from './old-node.ts'
import { isAlive, kill, until } from './postgres-owner.ts'

/** Says who it is, then waits for SIGTERM, unless asked to end at once. */
const PROGRAM = `
const [word, code] = process.argv.slice(2)
process.on('SIGTERM', () => { console.log('drained'); process.exit(7) })
console.log(JSON.stringify({ pid: process.pid, major: Number.parseInt(process.versions.node, 10), word }))
if (code !== undefined) process.exit(Number(code))
setInterval(() => {}, 1000)
`

const install = (options: { readonly packages: boolean }): Promise<string> => installAround(PROGRAM, options)

/** Answers the first line that it says. */
const run = async (node: string, args: readonly string[], env: NodeJS.ProcessEnv = process.env) => {
  const child = spawn(node, args, { stdio: ['ignore', 'pipe', 'inherit'], env })
  onTestFinished(() => kill(child))
  const lines = createInterface({ input: child.stdout })
  const [line] = await once(lines, 'line')
  return { child, lines, line: String(line) }
}

const start = async (node: string, args: readonly string[]) => {
  const { line, ...running } = await run(node, args)
  const said: { pid: number; major: number; word: string } = JSON.parse(line)
  return { ...running, said }
}

const endOf = async (child: ChildProcess): Promise<unknown> => {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  return child.exitCode ?? child.signalCode
}

test('with Node 24 the program runs in the same process', async () => {
  const { child, said } = await start(process.execPath, [await install({ packages: false }), 'hello', '3'])
  expect(said).toMatchObject({ pid: child.pid, word: 'hello' })
  expect(await endOf(child)).toBe(3)
})

testWithOldNode(
  'with an older Node it runs on the installed one, with its arguments and exit code',
  async (oldNode) => {
    const { child, said } = await start(oldNode, [await install({ packages: true }), 'hello', '3'])
    expect(said.word).toBe('hello')
    expect(said.major).toBeGreaterThanOrEqual(24)
    expect(await endOf(child)).toBe(3)
  },
)

testWithOldNode('SIGTERM to the older Node drains the program', async (oldNode) => {
  const { child, lines } = await start(oldNode, [await install({ packages: true })])
  const next = once(lines, 'line')
  child.kill('SIGTERM')
  expect(await next).toEqual(['drained'])
  expect(await endOf(child)).toBe(7)
})

testWithOldNode('a program that dies of a signal makes the older Node die of it too', async (oldNode) => {
  const { child, said } = await start(oldNode, [await install({ packages: true })])
  process.kill(said.pid, 'SIGKILL')
  expect(await endOf(child)).toBe('SIGKILL')
})

testWithOldNode('after kill -9 of the older Node the program drains', async (oldNode) => {
  const { child, lines, said } = await start(oldNode, [await install({ packages: true })])
  const next = once(lines, 'line')
  child.kill('SIGKILL')
  expect(await next).toEqual(['drained'])
  await until(() => !isAlive(said.pid))
})

testWithOldNode('without the installed Node one line says what is missing', async (oldNode) => {
  const child = spawn(oldNode, [await install({ packages: false })], { stdio: ['ignore', 'ignore', 'pipe'] })
  const [line] = await once(createInterface({ input: child.stderr }), 'line')
  expect(line).toMatch(/^telecine needs Node 24 or newer, this is v\d+.*, and npm package node-\S+ is not installed/)
  expect(await endOf(child)).toBe(1)
})

testWithOldNode('the service runs under an older Node, and SIGTERM to that drains it', async (oldNode) => {
  await using database = await createDatabase()
  const dataDir = await mkdtemp(join(tmpdir(), 'telecine-command-data-'))
  onTestFinished(() => rm(dataDir, { recursive: true, force: true }))
  const service = `await import(${JSON.stringify(pathToFileURL(SOURCES).href)})`
  const { child, line } = await run(oldNode, [await installAround(service, { packages: true }), 'serve'], {
    PATH: process.env['PATH'],
    ...{ TELECINE_DATABASE_URL: database.url, TELECINE_MASTER_KEY: randomBytes(32).toString('base64') },
    ...{ TELECINE_DATA_DIR: dataDir, TELECINE_LISTEN: '127.0.0.1:0', TELECINE_LOG_LEVEL: 'warn' },
  })
  const [, url] = /^telecine ready (http:\S+)$/.exec(line) ?? []
  expect((await fetch(`${url}/readyz`)).status).toBe(200)
  child.kill('SIGTERM')
  expect(await endOf(child)).toBe(0)
  await expect(fetch(`${url}/healthz`)).rejects.toThrow('fetch failed')
})
