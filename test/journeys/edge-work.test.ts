import { afterAll, beforeAll, expect, test } from 'vitest'
import type { AssetId } from '../../src/core/shared/ids.ts'
import { callOperation, insertAsset } from '../contract/asset-fixtures.ts'
import { thorough } from '../support/cases.ts'
import { type Installation, startInstallation } from '../support/installation.ts'
import { type Receiver, startReceiver } from '../support/receiver.ts'
import { PATIENT, until } from '../support/until.ts'
import { runTelecine } from './processes.ts'

const cleanup = new AsyncDisposableStack()
let installation: Installation
let edge: Receiver
/** What the edge is asked for below this path gets no answer. */
let silence = ''
beforeAll(async () => {
  edge = cleanup.use(
    await startReceiver(({ path }, response) => {
      if (silence === '' || !path.startsWith(silence)) response.end('there')
    }),
  )
  const settings = { TELECINE_EDGE_URLS: edge.url }
  installation = cleanup.use(await startInstallation({ worker: 'none', settings }))
})
afterAll(() => cleanup.disposeAsync())

const asked = (path: string) => edge.received.filter((one) => one.path === path).length

/** Runs a worker until the edge was asked for what it does not answer, kills it, and starts another one with an edge that answers. */
const killedAt = async (path: string, isNoted = async () => true) => {
  await using first = runTelecine(['worker'], installation.environment)
  await until('the edge was asked', async () => asked(path) > 0)
  await until('what was pulled before is noted', isNoted)
  first.child.kill('SIGKILL')
  await first.ended
  silence = ''
  return runTelecine(['worker'], installation.environment)
}

test(
  'a worker that is killed half way through a preheat task: another one goes on where it broke off',
  PATIENT,
  async () => {
    const { server, tenant } = installation
    const id = await insertAsset(server, tenant, { published: true })
    const [one, two, three] = ['1.jpg', '2.jpg', '3.jpg'].map((name) => `/asset/${id}/snapshot/sample/${name}`)
    silence = two ?? ''
    const urls = [one, two, three].map((path) => `${server.url}${path}`)
    const { task_id } = await callOperation(tenant, 'createPreheatingAsset', { body: { urls } })
    const statuses = async () => {
      const shown = await callOperation(tenant, 'showPreheatingAsset', { query: `task_id=${task_id}` })
      return shown.preheating_results.map(({ status }: { status: string }) => status)
    }
    await using _ = await killedAt(two ?? '', async () => (await statuses())[0] === 'succeed')
    await until('the task has ended', async () => !(await statuses()).includes('processing'))
    expect(await statuses()).toEqual(['succeed', 'succeed', 'succeed'])
    expect([asked(one ?? ''), asked(two ?? ''), asked(three ?? '')]).toEqual([1, 2, 1])
    const [work] = await server.foundation.engine.workOf(task_id)
    expect(work).toMatchObject({ state: 'done', attempt: 2 })
  },
)

thorough('a worker that is killed while it purges: another one purges all of it', PATIENT, async () => {
  const { server, tenant } = installation
  const id = await insertAsset(server, tenant, { published: true, sourcePath: 'film.mp4' })
  silence = `/asset/${id}/film.mp4`
  await callOperation(tenant, 'unpublishAssets', { body: { asset_id: [id] } })
  const film = silence
  await using _ = await killedAt(film)
  const purgeOf = async (asset: AssetId) =>
    (await server.foundation.engine.workOf(asset)).find(({ kind, state }) => kind === 'purge' && state !== 'queued')
  await until('it is purged', async () => (await purgeOf(id))?.state === 'done')
  expect((await purgeOf(id))?.attempt).toBe(2)
  expect([asked(film), asked(`/asset/${id}/cover/Cover0.jpg`) > 0]).toEqual([2, true])
})
