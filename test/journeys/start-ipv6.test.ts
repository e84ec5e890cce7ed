import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { networkInterfaces, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createApiClient } from '../../src/cli/api-client.ts'
import { readCredentials } from '../../src/main/credentials.ts'
import { someOf } from '../support/cases.ts'
import { PATIENT, until } from '../support/until.ts'
import { descendantsOf, runTelecine, type TelecineProcess } from './processes.ts'

let dataDir: string
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'telecine-ipv6-'))
})
afterAll(() => rm(dataDir, { recursive: true, force: true }))

const hasLoopback = Object.values(networkInterfaces()).some((addresses) =>
  addresses?.some(({ address }) => address === '::1'),
)

/** A signed call to where the credentials say. */
const listAssets = async () => {
  const given = await readCredentials(dataDir)
  if (!given) throw new Error('no credentials were written')
  const call = createApiClient({
    endpoint: given.endpoint,
    key: { access: given.access_key, secret: given.secret_key },
  })
  return { endpoint: given.endpoint, answer: await call('GET', `/v1.0/${given.project_id}/asset/list`) }
}

const killApi = async ({ pid }: TelecineProcess): Promise<void> => {
  for (const child of await descendantsOf(pid)) {
    const command = await readFile(`/proc/${child}/cmdline`, 'utf8').catch(() => '')
    if (command.includes('\0serve\0')) return void process.kill(child, 'SIGKILL')
  }
  throw new Error('there is no API process')
}

/** One after another on one folder. */
const STARTS = [
  ['is ready, and answers signed calls', async () => undefined],
  ['is there again after a restart, and after kill -9', killApi],
] as const

test.for(someOf(STARTS))('on an IPv6 address it %s', PATIENT, async ([, harm], context) => {
  context.skip(!hasLoopback, 'this machine has no ::1')
  await using telecine = runTelecine(['start'], { TELECINE_DATA_DIR: dataDir, TELECINE_LISTEN: '[::1]:0' })
  const url = (await telecine.said('telecine ready ')).slice('telecine ready '.length)
  expect(url).toMatch(/^http:\/\/\[::1\]:\d+$/)
  const served = { endpoint: url, answer: { total: 0, assets: [] } }
  expect(await listAssets()).toEqual(served)
  await harm(telecine)
  expect(await until('the API is there', () => listAssets().catch(() => undefined))).toEqual(served)
  telecine.child.kill('SIGTERM')
  expect(await telecine.ended).toBe(0)
})
