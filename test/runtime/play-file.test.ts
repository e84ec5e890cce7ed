import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { readConfig } from '../../src/main/config.ts'
import { writeCredentials } from '../../src/main/credentials.ts'
import { playFile } from '../../src/main/play-file.ts'

test('authorising the bucket outlasts an API that dies and one that is not ready yet', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'telecine-play-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const file = join(folder, 'film.mp4')
  await writeFile(file, 'a film')

  const asked: string[] = []
  await using api = createServer((request, response) => {
    asked.push(request.method ?? '')
    if (asked.length === 1) return void request.socket.destroy()
    if (asked.length === 2) return void response.writeHead(503).end('{}')
    if (request.method === 'PUT') return void response.writeHead(204).end()
    response.writeHead(400).end('{"error_code":"VOD.10003","error_msg":"No such film."}')
  }).listen(0, '127.0.0.1')
  await once(api, 'listening')
  const { port } = api.address() as AddressInfo
  await writeCredentials(folder, {
    ...{ endpoint: `http://127.0.0.1:${port}`, region: 'cn-north-4', project_id: 'a'.repeat(32) },
    ...{ access_key: 'AK', secret_key: 'SK', domain: 'telecine', user: 'admin', password: 'secret' },
  })

  const said: string[] = []
  await playFile({
    ...{ config: readConfig({ TELECINE_DATA_DIR: folder }), file, publicUrl: '', signal: new AbortController().signal },
    print: (line) => said.push(line),
  })
  expect(asked).toEqual(['PUT', 'PUT', 'PUT', 'POST'])
  expect(said).toEqual([`${file} does not play: VOD.10003: No such film.`])
})
