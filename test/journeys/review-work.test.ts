import { afterAll, beforeAll, expect, test } from 'vitest'
import type { AssetId } from '../../src/core/shared/ids.ts'
import { thorough } from '../support/cases.ts'
import { type Installation, startInstallation } from '../support/installation.ts'
import { clip, smallBunny } from '../support/media.ts'
import { isSigned, type Received, type Receiver, startReceiver } from '../support/receiver.ts'
import { PATIENT, until } from '../support/until.ts'
import { startWebhookSender } from '../support/webhook-sender.ts'
import { runTelecine } from './processes.ts'

const SECRET = 'between-us'
const cleanup = new AsyncDisposableStack()
let installation: Installation
let provider: Receiver
let answer: (request: Received) => { readonly status: number; readonly body: string }
beforeAll(async () => {
  provider = cleanup.use(
    await startReceiver((request, response) => {
      const { status, body } = answer(request)
      response.writeHead(status).end(body)
    }),
  )
  const settings = {
    TELECINE_FETCH_ALLOW_PRIVATE: 'true',
    TELECINE_REVIEW_URL: `${provider.url}/look`,
    TELECINE_REVIEW_SECRET: SECRET,
  }
  installation = cleanup.use(await startInstallation({ worker: 'none', settings }))
  await installation.put('film.mp4', { file: await smallBunny() })
  await installation.put('short.mp4', { file: await clip({ seconds: 7, from: 10 }) })
})
afterAll(() => cleanup.disposeAsync())

const template = async (name: string, more: object): Promise<string> =>
  String((await installation.tenant.native('POST', '/review-templates', { name, ...more }))['template_id'])
const infoOf = async (id: AssetId) => {
  const { body } = await installation.tenant.call('GET', '/asset/details', { query: `asset_id=${id}` })
  return Object(body).review_info
}
const picturesOf = async (id: AssetId) => (await installation.objects(id)).filter((key) => key.includes('sample0/'))
const reviewOf = async (id: AssetId) =>
  (await installation.server.foundation.engine.workOf(id)).find(({ kind }) => kind === 'review')

test('the built program looks at pictures, too: its thread is a file beside it', PATIENT, async () => {
  await using _ = runTelecine(['worker'], installation.environment)
  const id = await installation.import('short.mp4', { templateGroup: '', review: await template('plain', {}) })
  expect((await installation.settled(id)).review_status).toBe('REVIEW_PASSED')
  expect((await infoOf(id)).video[0].porn[0].label).toBe('normal')
})

thorough(
  'a worker that is killed while it looks: another one looks again, and only its pictures stay',
  PATIENT,
  async () => {
    const dense = await template('dense', { interval: 1 })
    await using first = runTelecine(['worker'], installation.environment)
    const id = await installation.import('film.mp4', { templateGroup: '', review: dense })
    await until('it looks', async () => (await picturesOf(id)).length > 3)
    expect((await installation.listed(id)).review_status).toBe('REVIEWING')
    first.child.kill('SIGKILL')
    const [litter = ''] = await picturesOf(id)
    await using _ = runTelecine(['worker'], installation.environment)
    expect((await installation.settled(id)).review_status).toBe('REVIEW_PASSED')
    expect((await reviewOf(id))?.attempt).toBe(2)
    expect((await infoOf(id)).video).toHaveLength(30)
    await until('the pictures of the first try are swept', async () => !(await picturesOf(id)).includes(litter))
    const left = await picturesOf(id)
    expect([left.length, new Set(left.map((key) => key.replace(/_\d+\.jpg$/, ''))).size]).toEqual([30, 1])
  },
)

test("the operator's provider looks for what nothing built in can see, and what it says counts", PATIENT, async () => {
  installation.startWorker()
  const seen = (offset: number) => (offset === 5 ? [{ label: 'gun', confidence: 0.75 }] : [])
  answer = ({ body }) => {
    const pictures = JSON.parse(body).pictures.map(({ offset }: { offset: number }) => ({
      ...{ terrorism: seen(offset), politics: [{ label: 'normal', confidence: 1 }] },
    }))
    return { status: 200, body: JSON.stringify({ pictures }) }
  }
  const both = await template('both', { terrorism: 60, politics: 80 })
  const id = await installation.import('short.mp4', { templateGroup: '', review: both })
  expect((await installation.settled(id)).review_status).toBe('REVIEW_SUSPICIOUS')
  const info = await infoOf(id)
  expect(info).toMatchObject({ suggestion: 'block', exec_desc: 'Review finished' })
  expect(info.video.map((picture: Record<string, unknown>) => [picture['suggestion'], picture['terrorism']])).toEqual([
    ['pass', []],
    ['block', [{ confidence: '0.7500', label: 'gun' }]],
  ])
  expect(provider.received.every((request) => isSigned(request, SECRET))).toBe(true)
})

test('a provider that refuses fails the review, which is told, and can be asked for again', PATIENT, async () => {
  const receiver = cleanup.use(await startReceiver())
  await installation.tenant.native('POST', '/webhooks', {
    url: receiver.url,
    events: ['reviewComplete'],
    format: 'raw',
  })
  cleanup.use(startWebhookSender(installation.server))
  answer = () => ({ status: 401, body: 'no' })
  const careful = await template('careful', { terrorism: 60 })
  const id = await installation.import('short.mp4', { templateGroup: '', review: careful })
  expect(await installation.settled(id)).toMatchObject({
    review_status: 'REVIEW_FAILED',
    exec_desc: expect.stringContaining('The review of short.mp4 failed: the review provider answered 401;'),
  })
  expect(await infoOf(id)).toBeUndefined()
  await until('no picture is left', async () => (await picturesOf(id)).length === 0)
  const { templates } = await installation.tenant.native('GET', '/review-templates')
  const review = { template_id: Object(templates)[0].template_id }
  await installation.tenant.call('POST', '/asset/review', { body: { asset_id: id, review } })
  expect((await installation.settled(id)).review_status).toBe('REVIEW_PASSED')
  await until('both were told', async () => receiver.received.length === 2)
  const told = receiver.received.map(({ body }) => JSON.parse(body))
  expect(told[0]).toEqual({
    event_type: 'reviewComplete',
    review_info: {
      ...{ asset_id: id, status: 'FAILED', error_code: 'VOD.10105' },
      error_msg: 'The review of short.mp4 failed: the review provider answered 401',
    },
  })
  expect(told[1].review_info).toMatchObject({ status: 'SUCCEED', suggestion: 'PASS', text: { suggestion: 'PASS' } })
  expect(told[1].review_info.video).toHaveLength(2)
})
