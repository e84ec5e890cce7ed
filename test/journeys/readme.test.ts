import { execFile, spawnSync } from 'node:child_process'
import { copyFile, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { clip } from '../support/media.ts'
import { mustTestAll } from '../support/object-store.ts'
import { PATIENT } from '../support/until.ts'
import { runTelecine, type TelecineProcess } from './processes.ts'

const ROOT = join(import.meta.dirname, '../..')
const run = promisify(execFile)

const missing = ['bash', 'curl'].find((program) => spawnSync(program, ['--version']).status !== 0)
const reason = missing && `there is no ${missing} on the PATH`

let folder: string
let telecine: TelecineProcess
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'telecine-readme-'))
  telecine = runTelecine(['start'], { TELECINE_DATA_DIR: join(folder, 'data'), TELECINE_LISTEN: '127.0.0.1:0' })
  await telecine.said('telecine ready ')
  await mkdir(join(folder, 'data/buckets/studio'), { recursive: true })
  await copyFile(await clip({ seconds: 2 }), join(folder, 'data/buckets/studio/video.mp4'))
})
afterAll(async () => {
  await telecine[Symbol.asyncDispose]()
  await rm(folder, { recursive: true, force: true })
})

test.for(['README.md', 'README.zh.md'])('the calls with curl of %s make an asset', PATIENT, async (name, { skip }) => {
  if (reason !== undefined && mustTestAll()) throw new Error(reason)
  skip(reason !== undefined, reason)
  const text = await readFile(join(ROOT, name), 'utf8')
  const calls = /```sh\n(key\(\)[^`]+)```/.exec(text)?.[1] ?? 'exit 1'
  const { stdout } = await run('bash', ['-c', calls], { cwd: folder })
  expect(stdout).toMatch(/\{"asset_id":"[0-9a-f]{32}"\}/)
})

test('the example with the SDK tells of its own asset until it plays', PATIENT, async () => {
  const { stdout } = await run(process.execPath, [join(ROOT, 'docs/examples/first-call.mjs')], { cwd: folder })
  const id = /^asset ([0-9a-f]{32})$/m.exec(stdout)?.[1] ?? 'none'
  expect(stdout).toContain('PUBLISHED TRANSCODE_SUCCEED\n')
  const urls = stdout.match(/http:\S+/g) ?? []
  expect(urls.length).toBeGreaterThan(2)
  expect(urls.every((url) => url.includes(id))).toBe(true)
  for (const url of urls) expect((await fetch(url)).status).toBe(200)
})
