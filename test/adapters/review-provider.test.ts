import type { ServerResponse } from 'node:http'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createPost } from '../../src/adapters/fetch/post.ts'
import { httpProvider } from '../../src/adapters/moderation/http-provider.ts'
import type { Picture } from '../../src/core/review/ports.ts'
import type { AssetId, ProjectId } from '../../src/core/shared/ids.ts'
import { PermanentFailure, SuspectFailure } from '../../src/core/shared/task.ts'
import { isSigned, type Receiver, startReceiver } from '../support/receiver.ts'

const SECRET = 'between us'
const asset = { id: 'a'.repeat(32) as AssetId, projectId: 'b'.repeat(32) as ProjectId }
const never = new AbortController().signal
const PICTURES: readonly Picture[] = [0, 5].map((offset) => ({ offset, jpeg: Buffer.from(`picture ${offset}`) }))
const GOOD = {
  pictures: [
    { terrorism: [{ label: 'normal', confidence: 0.9 }], politics: [] },
    {
      terrorism: [
        { label: 'gun', confidence: 0.25 },
        { label: 'fire', confidence: 1 },
      ],
      politics: [],
      extra: 1,
    },
  ],
}

let receiver: Receiver
let answers: ((response: ServerResponse) => void)[] = []
beforeAll(async () => {
  receiver = await startReceiver((_, response) => answers.shift()?.(response))
})
afterAll(() => receiver[Symbol.asyncDispose]())

const json = (body: unknown) => (response: ServerResponse) => response.end(JSON.stringify(body))
const status = (code: number) => (response: ServerResponse) => response.writeHead(code).end('no')

const look = async (given: typeof answers, { allowPrivate = true, timeoutMs = 2_000, signal = never } = {}) => {
  answers = given
  const before = receiver.received.length
  const post = createPost({ allowPrivate, timeoutMs, answerBytes: 100_000 })
  const options = { url: `${receiver.url}/look`, secret: SECRET, post, now: () => new Date(), pausesMs: [1, 1] }
  await using engine = await httpProvider(options).open(never)
  try {
    const seen = await engine.look(PICTURES, { asset, scenes: ['terrorism', 'politics'], signal })
    return { seen, calls: receiver.received.length - before }
  } catch (error) {
    return { error, calls: receiver.received.length - before }
  }
}

test('is asked once for all pictures, signed, and its scores come back the likeliest first', async () => {
  const { seen, calls } = await look([json(GOOD)])
  expect([calls, seen]).toEqual([
    1,
    [
      { terrorism: [{ label: 'normal', confidence: 0.9 }], politics: [] },
      {
        terrorism: [
          { label: 'fire', confidence: 1 },
          { label: 'gun', confidence: 0.25 },
        ],
        politics: [],
      },
    ],
  ])
  const request = receiver.received.at(-1)
  if (!request) throw new Error('no request')
  expect([request.path, request.headers['content-type'], isSigned(request, SECRET)]).toEqual([
    ...['/look', 'application/json', true],
  ])
  expect(JSON.parse(request.body)).toEqual({
    ...{ version: 1, project_id: asset.projectId, asset_id: asset.id, scenes: ['terrorism', 'politics'] },
    pictures: PICTURES.map(({ offset, jpeg }) => ({ offset, jpeg: Buffer.from(jpeg).toString('base64') })),
  })
})

test('is asked again when it fails for a moment, is late, or breaks off', async () => {
  expect(await look([status(500), status(429), json(GOOD)])).toMatchObject({ calls: 3, seen: [{}, {}] })
  expect(await look([(response) => response.write('{"pictures"'), json(GOOD)], { timeoutMs: 300 })).toMatchObject({
    ...{ calls: 2, seen: [{}, {}] },
  })
  expect(await look([(response) => response.destroy(), () => undefined, json(GOOD)], { timeoutMs: 300 })).toMatchObject(
    {
      ...{ calls: 3, seen: [{}, {}] },
    },
  )
})

describe('fails the try', () => {
  test('after three calls that failed, with the reason', async () => {
    const { error, calls } = await look([status(503), status(503), status(503)])
    expect([calls, error]).toEqual([3, new SuspectFailure('the review provider answered 503')])
    const late = await look([() => undefined, () => undefined, () => undefined], { timeoutMs: 100 })
    expect([late.calls, late.error]).toEqual([
      ...[3, new SuspectFailure('the review provider gave no answer within 0.1 s')],
    ])
    expect((await look([1, 2, 3].map(() => (response) => response.end('<html>')))).error).toEqual(
      new SuspectFailure('the review provider answered no JSON'),
    )
  })

  test('and the review, at once, when it refuses', async () => {
    for (const code of [302, 400, 401, 404]) {
      const { error, calls } = await look([status(code)])
      expect([calls, error]).toEqual([1, new PermanentFailure(`the review provider answered ${code}`)])
    }
  })

  test('when its address is private and that is not allowed', async () => {
    const { error, calls } = await look([], { allowPrivate: false })
    expect([calls, error]).toEqual([0, new SuspectFailure('the review provider its host has no public address')])
  })

  test('when the review ends meanwhile', async () => {
    const ending = new AbortController()
    const endThen500 = (response: ServerResponse) => {
      ending.abort()
      status(500)(response)
    }
    const { error } = await look([endThen500], { signal: ending.signal })
    expect(Object(error).name).toBe('AbortError')
    const hanging = new AbortController()
    const late = await look([() => hanging.abort()], { signal: hanging.signal, timeoutMs: 60_000 })
    expect([Object(late.error).name, late.calls]).toEqual(['AbortError', 1])
  })

  const first = GOOD.pictures[0]
  test.each<[unknown, string]>([
    [null, 'pictures must be a list of 2'],
    [[], 'pictures must be a list of 2'],
    [{ pictures: {} }, 'pictures must be a list of 2'],
    [{ pictures: [first] }, 'pictures must be a list of 2'],
    [{ pictures: [first, first, first] }, 'pictures must be a list of 2'],
    [{ pictures: [first, null] }, 'pictures[1].terrorism must be a list'],
    [{ pictures: [{ terrorism: [] }, first] }, 'pictures[0].politics must be a list'],
    [{ pictures: [first, { ...first, politics: 'none' }] }, 'pictures[1].politics must be a list'],
    [{ pictures: [{ ...first, terrorism: [7] }, first] }, 'pictures[0].terrorism must have labels'],
    [{ pictures: [{ ...first, terrorism: [{ label: '', confidence: 1 }] }, first] }, 'must have labels'],
    [{ pictures: [{ ...first, terrorism: [{ label: 'a\u0000', confidence: 1 }] }, first] }, 'printable characters'],
    [{ pictures: [{ ...first, terrorism: [{ label: '\ud800', confidence: 1 }] }, first] }, 'printable characters'],
    [{ pictures: [{ ...first, terrorism: [{ label: 'gun', confidence: '1' }] }, first] }, 'must have confidences'],
    [{ pictures: [{ ...first, terrorism: [{ label: 'gun', confidence: 1.5 }] }, first] }, 'must have confidences'],
    [{ pictures: [{ ...first, terrorism: [{ label: 'gun', confidence: -0.1 }] }, first] }, 'must have confidences'],
    [{ pictures: [{ ...first, terrorism: Array(51).fill({ label: 'gun', confidence: 1 }) }, first] }, 'at most 50'],
  ])('when it answers %j', async (body, what) => {
    const { error, calls } = await look([json(body)])
    expect([calls, error instanceof SuspectFailure]).toEqual([1, true])
    expect(Object(error).message).toContain(what)
  })
})
