import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { someOf } from '../support/cases.ts'
import { BUCKET, type Installation, startInstallation } from '../support/installation.ts'
import { clip } from '../support/media.ts'

let installation: Installation
let film: Uint8Array
beforeAll(async () => {
  installation = await startInstallation()
  film = await readFile(await clip({ seconds: 1 }))
})
afterAll(() => installation[Symbol.asyncDispose]())

const bytesOf = (text: string) => Buffer.byteLength(text)
const filled = (prefix: string, bytes: number) => `${prefix}${'x'.repeat(bytes - bytesOf(prefix) - 4)}.mp4`

/** The first ones together have what the others have: blanks, quotes, escapes, dots, slashes, other scripts, and the greatest length. */
const NAMES = [
  'with spaces .mp4',
  '%41%2F.mp4',
  'quotes\'"`$(x);.mp4',
  'what?#fragment.mp4',
  'dots/../and/./more.mp4',
  filled(`${'文'.repeat(80)}/${'件'.repeat(80)}/${'夹'.repeat(80)}/`, 1024),
  'in/a+b & c.mp4',
  '100%.mp4',
  '演示/第一集 — 完整版.mp4',
  '-rf.mp4',
  'emoji🎬.MP4',
  'new\nline.mp4',
  'back\\slash.mp4',
  'noextension',
  '.hidden',
  'two//slashes.mp4',
  filled('长/', 1000),
]

test.each(
  someOf(NAMES, 6).map((name) => [name.length > 40 ? `${name.slice(0, 8)}... (${bytesOf(name)} bytes)` : name, name]),
)('an object named %j arrives and is served', async (_, key) => {
  const object = { bucket: BUCKET, key }
  await installation.server.foundation.store.put(object, film, { contentType: 'video/mp4' })
  const id = await installation.import(key, { templateGroup: 'non_transcoding_template_group', title: 'named' })
  expect(await installation.settled(id)).toMatchObject({ asset_status: 'PUBLISHED', duration_ms: expect.any(Number) })
  const { body } = await installation.tenant.call('GET', '/asset/details', { query: `asset_id=${id}` })
  const { base_info: base } = Object(body)
  expect(base.video_name).toBe(key.slice(key.lastIndexOf('/') + 1))
  expect(base.video_url).toMatch(/\/asset\/[0-9a-f]{32}\/[0-9a-f]{32}\.mp4$/)
  expect(base.cover_info_array).toHaveLength(1)
  expect(Buffer.from(await (await fetch(base.video_url)).arrayBuffer())).toEqual(Buffer.from(film))
  expect((await installation.server.foundation.store.head(object))?.sizeBytes).toBe(film.length)
})
