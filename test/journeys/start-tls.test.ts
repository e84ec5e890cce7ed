import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { copyFile, mkdtemp, readFile, rm } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'
import { get } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readCredentials } from '../../src/main/credentials.ts'
import { signRequest } from '../../src/wire/signing/sign-request.ts'
import { type Certificate, makeCertificate, missingOpenssl } from '../runtime/certificate.ts'
import { builtProgram } from '../support/built-program.ts'
import { clip } from '../support/media.ts'
import { mustTestAll } from '../support/object-store.ts'
import { PATIENT } from '../support/until.ts'
import { runTelecine } from './processes.ts'

const missing = missingOpenssl()

let dataDir: string
let certificate: Certificate
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'telecine-tls-'))
  if (missing === undefined) certificate = await makeCertificate(dataDir)
})
afterAll(() => rm(dataDir, { recursive: true, force: true }))

/** As a client that was given the certificate and trusts no other. */
const fetchTrusting = async (url: string, headers: Readonly<Record<string, string>> = {}) => {
  const request = get(url, { headers, ca: await readFile(certificate.cert) })
  const [response]: IncomingMessage[] = await once(request, 'response')
  if (!response) throw new Error('there was no answer')
  return { status: response.statusCode, body: await buffer(response) }
}

/** As typed on the machine of the first start. */
const telecine = (args: readonly string[], trusted: Readonly<Record<string, string>>) =>
  promisify(execFile)(process.execPath, [builtProgram(), ...args], {
    env: { PATH: process.env['PATH'], TELECINE_DATA_DIR: dataDir, ...trusted },
  }).catch((error: unknown) => Object(error))

const signedGet = async (path: string) => {
  const given = await readCredentials(dataDir)
  if (!given) throw new Error('no credentials were written')
  const target = `/v1.0/${given.project_id}${path}`
  const headers = { host: new URL(given.endpoint).host, 'content-type': 'application/json' }
  const unsigned = { method: 'GET', target, headers, body: Buffer.alloc(0) }
  const signed = signRequest(unsigned, { access: given.access_key, secret: given.secret_key }, new Date())
  const { status, body } = await fetchTrusting(given.endpoint + target, signed)
  return { status, body: Object(JSON.parse(body.toString())) }
}

test(
  'with a certificate of our own all goes over HTTPS: the API, delivery and the commands',
  PATIENT,
  async (context) => {
    if (missing !== undefined && mustTestAll()) throw new Error(missing)
    context.skip(missing !== undefined, missing)
    const file = join(dataDir, 'holiday.mp4')
    await copyFile(await clip({ seconds: 2 }), file)
    const trusted = { NODE_EXTRA_CA_CERTS: certificate.cert }
    await using service = runTelecine(['start', file], {
      ...{ TELECINE_DATA_DIR: dataDir, TELECINE_LISTEN: '127.0.0.1:0' },
      ...{ TELECINE_TLS_CERT: certificate.cert, TELECINE_TLS_KEY: certificate.key, ...trusted },
    })
    const url = (await service.said('telecine ready ')).slice('telecine ready '.length)
    expect(url).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/)
    const watch = (await service.said('watch ')).slice('watch '.length)
    expect(watch.startsWith(`${url}/watch/`)).toBe(true)
    expect((await fetchTrusting(watch)).status).toBe(200)

    await service.said('prepared ')
    const id = watch.slice(`${url}/watch/`.length)
    const details = await signedGet(`/asset/details?asset_id=${id}`)
    expect(details.status).toBe(200)
    const [index] = details.body.transcode_info.output
    expect(index.url).toBe(`${url}/asset/${id}/play_video/index.m3u8`)
    const master = (await fetchTrusting(index.url)).body.toString()
    const playlistUrl = new URL(/^[^#].*\.m3u8$/m.exec(master)?.[0] ?? '', index.url).href
    const playlist = (await fetchTrusting(playlistUrl)).body.toString()
    const segment = await fetchTrusting(new URL(/^[^#].*\.m4s$/m.exec(playlist)?.[0] ?? '', playlistUrl).href)
    expect([segment.status, segment.body.subarray(4, 8).toString()]).toEqual([200, expect.stringMatching(/moof|styp/)])
    const original = await fetchTrusting(details.body.base_info.video_url, { range: 'bytes=0-99' })
    expect([original.status, original.body.equals((await readFile(file)).subarray(0, 100))]).toEqual([206, true])

    expect(await telecine(['buckets', 'list'], trusted)).toMatchObject({ stdout: expect.stringContaining('my-videos') })
    const distrusting = await telecine(['buckets', 'list'], {})
    expect(distrusting).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^cannot reach the API: self-signed certificate.*\n$/),
    })
  },
)
