import { execFile, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createApiClient } from '../../src/cli/api-client.ts'
import { readCredentials } from '../../src/main/credentials.ts'
import { freePort } from '../support/free-port.ts'
import { clip } from '../support/media.ts'
import { mustTestAll } from '../support/object-store.ts'
import { PATIENT, until } from '../support/until.ts'
import { runTelecine, type TelecineProcess } from './processes.ts'

const ROOT = join(import.meta.dirname, '../..')
const run = promisify(execFile)

const missing = ['bash', 'curl'].find((program) => spawnSync(program, ['--version']).status !== 0)
const reason = missing && `there is no ${missing} on the PATH`

let folder: string
let telecine: TelecineProcess
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'telecine-readme-'))
  telecine = runTelecine(['start'], {
    ...{ TELECINE_DATA_DIR: join(folder, 'data'), TELECINE_LISTEN: '127.0.0.1:0' },
    // The receiver of the example runs on this machine.
    TELECINE_FETCH_ALLOW_PRIVATE: 'true',
  })
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

/** The example of a receiver with a secret; answers what it prints. Whoever disposes it ends it. */
const runReceiver = (port: number, secret: string) => {
  const script = join(ROOT, 'docs/examples/webhook-receiver.mjs')
  const child = spawn(process.execPath, [script, String(port)], {
    env: { PATH: process.env['PATH'], SECRET: secret },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const lines: string[] = []
  createInterface({ input: child.stdout }).on('line', (line) => lines.push(line))
  return {
    lines,
    async [Symbol.asyncDispose]() {
      const ended = once(child, 'exit')
      child.kill()
      await ended
    },
  }
}

test('the example of a webhook prints each genuine event, and refuses others', PATIENT, async () => {
  const key = await readCredentials(join(folder, 'data'))
  if (!key) throw new Error('the first start left credentials')
  const call = createApiClient({ endpoint: key.endpoint, key: { access: key.access_key, secret: key.secret_key } })
  const url = `http://127.0.0.1:${await freePort()}/`
  const { secret } = await call('POST', `/telecine/v1/${key.project_id}/webhooks`, { url })
  await using receiver = runReceiver(Number(new URL(url).port), String(secret))
  await until('it listens', async () => receiver.lines.length > 0)
  const t = Math.floor(Date.now() / 1000)
  const headers = { 'telecine-signature': `t=${t},v1=${'0'.repeat(64)}` }
  expect((await fetch(url, { method: 'POST', body: '{"a": {}}', headers })).status).toBe(401)

  await writeFile(join(folder, 'data/buckets/studio/broken.mp4'), 'no film at all')
  await call('PUT', `/v1.0/${key.project_id}/asset/authority`, { bucket: 'studio', operation: '1' })
  const { asset_id: id } = await call('POST', `/v1.0/${key.project_id}/asset/reproduction`, {
    ...{ title: 'A film', video_type: 'MP4' },
    input: { bucket: 'studio', location: key.region, object: 'broken.mp4' },
  })
  const line = await until('it is printed', async () => receiver.lines.find((one) => one.includes(String(id))))
  expect(line).toMatch(new RegExp(`^createComplete ${id} FAILED Probing broken.mp4 failed: `))
})
