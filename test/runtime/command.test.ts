import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { copyFile, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { createInterface } from 'node:readline'
import { expect, onTestFinished, test } from 'vitest'
import { isAlive, kill, until } from './postgres-owner.ts'

const ROOT = join(import.meta.dirname, '../..')

/** Says who it is, then waits for SIGTERM, unless asked to end at once. */
const PROGRAM = `
const [word, code] = process.argv.slice(2)
process.on('SIGTERM', () => { console.log('drained'); process.exit(7) })
console.log(JSON.stringify({ pid: process.pid, major: Number.parseInt(process.versions.node, 10), word }))
if (code !== undefined) process.exit(Number(code))
setInterval(() => {}, 1000)
`

/** An installation with our `bin/` and a program of ours in the place of the built one. */
const install = async ({ packages }: { readonly packages: boolean }): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), 'telecine-command-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  await mkdir(join(folder, 'bin'))
  await mkdir(join(folder, 'dist/cli'), { recursive: true })
  await copyFile(join(ROOT, 'bin/telecine.js'), join(folder, 'bin/telecine.js'))
  await writeFile(join(folder, 'package.json'), '{"type":"module"}')
  await writeFile(join(folder, 'dist/cli/main.js'), PROGRAM)
  if (packages) await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'))
  return join(folder, 'bin/telecine.js')
}

/** A Node older than 24 that is installed beside ours, as on a newcomer's machine. No failure where there is none to be had. */
const oldNode = (process.env['PATH'] ?? '')
  .split(delimiter)
  .map((folder) => join(folder, 'node'))
  .find(
    (node) =>
      existsSync(node) && Number.parseInt(execFileSync(node, ['-p', 'process.versions.node']).toString(), 10) < 24,
  )

const testWithOldNode = (name: string, body: (oldNode: string) => Promise<void>): void => {
  test(name, (context) =>
    oldNode === undefined ? context.skip('there is no Node older than 24 on the PATH') : body(oldNode),
  )
}

const start = async (node: string, args: readonly string[]) => {
  const child = spawn(node, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  onTestFinished(() => kill(child))
  const lines = createInterface({ input: child.stdout })
  const [line] = await once(lines, 'line')
  const said: { pid: number; major: number; word: string } = JSON.parse(String(line))
  return { child, lines, said }
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
