import { once } from 'node:events'
import { readFile, rm, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { BUCKET, type Installation, startInstallation } from '../support/installation.ts'
import { clip } from '../support/media.ts'
import { until } from '../support/until.ts'

let installation: Installation
let film: Uint8Array
beforeAll(async () => {
  installation = await startInstallation()
  film = await readFile(await clip({ seconds: 2 }))
})
afterAll(() => installation[Symbol.asyncDispose]())

const pathOf = (key: string) => join(installation.dataDir, 'buckets', BUCKET, key)

/** What becomes of an object that is no film; its bytes must be there afterwards as they were. */
const endOf = async (key: string, content: Uint8Array | string): Promise<string> => {
  const bytes = Buffer.from(content)
  await installation.put(key, bytes)
  const before = await stat(pathOf(key))
  const id = await installation.import(key)
  const { asset_status: status, transcode_status: transcode, exec_desc: reason } = await installation.settled(id)
  expect([status, transcode]).toEqual(['FAILED', 'UN_TRANSCODE'])
  expect((await fetch(`${installation.server.url}/watch/${id}/state`)).status).toBe(404)
  expect(await readFile(pathOf(key))).toEqual(bytes)
  expect((await stat(pathOf(key))).mtimeMs).toBe(before.mtimeMs)
  await until('our copy of it is removed', async () => (await installation.objects(id)).length === 0)
  return reason
}

test('an empty object', async () => {
  expect(await endOf('zero.mp4', '')).toBe(
    'asset_exec_desc:Transfer of my-videos/zero.mp4 failed: the object is empty (0 bytes);',
  )
})

test('text with the name of a film', async () => {
  expect(await endOf('text.mp4', 'This is not a film.\n')).toMatch(/^asset_exec_desc:Probing text.mp4 failed: .*text/)
})

test('an error page with the name of a film', async () => {
  const page = '<!DOCTYPE html><html><body>404 Not Found</body></html>'
  expect(await endOf('html.mp4', page)).toMatch(/Probing html.mp4 failed: .*web page/)
})

test('an upload that broke off before the index', async () => {
  expect(await endOf('cut.mp4', film.subarray(0, film.length - 3000))).toContain(
    'Probing cut.mp4 failed: the upload is incomplete: the file ends before its index (moov)',
  )
})

test('a playlist with the name of a film, which fetches nothing', async () => {
  const asked: string[] = []
  const server = createServer((request, response) => {
    asked.push(request.url ?? '')
    response.end(film)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const segments = [`http://127.0.0.1:${port}/secret.ts`, 'file:///etc/passwd', `tcp://127.0.0.1:${port}`]
  const playlist = ['#EXTM3U', '#EXT-X-VERSION:3', '#EXT-X-TARGETDURATION:5']
  for (const segment of segments) playlist.push('#EXTINF:5.0,', segment)
  expect(await endOf('list.mp4', [...playlist, '#EXT-X-ENDLIST', ''].join('\n'))).toMatch(
    /Probing list.mp4 failed: .*playlist/,
  )
  const concat = `ffconcat version 1.0\nfile 'http://127.0.0.1:${port}/other.ts'\n`
  expect(await endOf('concat.mp4', concat)).toContain('Probing concat.mp4 failed: ')
  expect(asked).toEqual([])
  server.close()
})

test('an object that was deleted, or changed, after the call', async () => {
  await using idle = await startInstallation({ worker: 'none' })
  const path = (key: string) => join(idle.dataDir, 'buckets', BUCKET, key)
  for (const key of ['gone.mp4', 'changed.mp4', 'touched.mp4']) await idle.put(key, film)
  const [gone, changed, touched] = [
    await idle.import('gone.mp4'),
    await idle.import('changed.mp4'),
    await idle.import('touched.mp4'),
  ]
  await rm(path('gone.mp4'))
  await writeFile(path('changed.mp4'), film.subarray(0, film.length - 1))
  // As long as before, but not what the caller named.
  await writeFile(path('touched.mp4'), Buffer.alloc(film.length, 7))
  idle.startWorker()
  expect((await idle.settled(gone)).exec_desc).toContain(
    'Transfer of my-videos/gone.mp4 failed: the object was deleted after the request',
  )
  expect((await idle.settled(changed)).exec_desc).toContain(
    'changed.mp4 failed: the object was changed after the request',
  )
  expect((await idle.settled(touched)).exec_desc).toContain(
    'touched.mp4 failed: the object was changed after the request',
  )
  for (const id of [gone, changed, touched]) expect(await idle.objects(id)).toEqual([])
  expect(await readFile(path('touched.mp4'))).toEqual(Buffer.alloc(film.length, 7))
})

test('one bad asset does not hold up a good one', async () => {
  await installation.put('good.mp4', film)
  await installation.put('bad.mp4', Buffer.from('bad'))
  const ids = [await installation.import('bad.mp4'), await installation.import('good.mp4')] as const
  const [bad, good] = await Promise.all(ids.map((id) => installation.settled(id)))
  expect([bad?.asset_status, good?.transcode_status]).toEqual(['FAILED', 'TRANSCODE_SUCCEED'])
})
