import Type from 'typebox'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { DomainError } from '../../src/core/shared/problem.ts'
import { GatewayError } from '../../src/http/gateway-error.ts'
import { type AnyOperation, defineOperation } from '../../src/wire/operation.ts'
import { call, exchange, OTHER_PROJECT, PROJECT, principal, type Served, serve } from './served.ts'

const common = { summary: '', group: 'test', successStatus: 200, failureStatus: 403, gaps: [] } as const

const echo = defineOperation({
  ...common,
  id: 'echo',
  method: 'POST',
  path: '/v1.0/:project_id/echo',
  body: Type.Object({ title: Type.String({ maxBytes: 16_000_000 }), n: Type.Optional(Type.Integer()) }),
  handle: async ({ body }, { projectId, publicUrl }) => ({
    length: body.title.length,
    n: body.n,
    projectId,
    publicUrl,
  }),
})
const read = defineOperation({
  ...common,
  id: 'read',
  method: 'GET',
  path: '/v1.0/:project_id/read',
  query: Type.Object({ mode: Type.Optional(Type.String()) }),
  handle: async ({ query }): Promise<unknown> => {
    if (query.mode === 'null') return null
    if (query.mode === 'list') return []
    if (query.mode === 'bug') throw new Error('the password is hunter2', { cause: new Error('deeper') })
    if (query.mode === 'problem') throw new DomainError({ kind: 'asset_not_found' })
    return { fine: true }
  },
})
const remove = defineOperation({
  ...common,
  id: 'remove',
  method: 'DELETE',
  path: '/v1.0/:project_id/read',
  successStatus: 204,
  handle: async () => undefined,
})
const operate = defineOperation({
  ...read,
  id: 'operate',
  path: '/telecine/v1/:project_id/operate',
  access: 'operator',
})
const asset = defineOperation({ ...read, id: 'asset', path: '/v1.0/:project_id/asset' })
const OPERATIONS: readonly AnyOperation[] = [echo, read, remove, operate, asset]

const READ = `/v1.0/${PROJECT}/read`
const ECHO = `/v1.0/${PROJECT}/echo`
const LIMIT = 12 * 1024 * 1024

let served: Served
beforeAll(async () => {
  served = await serve(OPERATIONS, {
    limitRate: ({ id }, { projectId, address }) => {
      if (projectId !== PROJECT || address !== '127.0.0.1') throw new Error('limits are per project and address')
      if (id === 'asset')
        throw new GatewayError(429, 'APIGW.0308', { message: 'slow down', headers: { 'retry-after': '9' } })
    },
  })
})
afterAll(() => served[Symbol.asyncDispose]())

const post = (body: string | Buffer, headers: Record<string, string> = {}) =>
  call(served, ECHO, { method: 'POST', body: new Uint8Array(Buffer.from(body)), headers })

describe('answers', () => {
  test('a handler gets checked members and its project, and its answer is JSON', async () => {
    const { status, headers, body } = await post('{"title":"a","n":"5"}')
    expect([status, body]).toEqual([200, { length: 1, n: 5, projectId: PROJECT, publicUrl: 'http://media.example' }])
    expect(headers.get('content-type')).toMatch(/^application\/json/)
    expect(headers.get('x-request-id')).toMatch(/^[0-9a-f]{32}$/)
  })
  test('null is answered as an object, a list as a list, nothing as nothing', async () => {
    expect((await call(served, `${READ}?mode=null`)).text).toBe('{}')
    expect((await call(served, `${READ}?mode=list`)).text).toBe('[]')
    const removed = await call(served, READ, { method: 'DELETE' })
    expect([removed.status, removed.text]).toEqual([204, ''])
  })
  test('a GET and a DELETE may carry a body, which is part of what is authenticated', async () => {
    let seen = ''
    await using other = await serve(OPERATIONS, {
      authenticate: async ({ method, target, readBody }) => {
        seen = `${method} ${target} ${Buffer.from(await readBody())}`
        return principal()
      },
    })
    const request = `GET ${READ}?mode=%7e HTTP/1.1\r\nX-Auth-Token: any\r\nContent-Type: application/json\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}`
    expect(await exchange(other.port, request)).toMatch(/^HTTP\/1.1 200 /)
    expect(seen).toBe(`GET ${READ}?mode=%7e {}`)
  })
  test('the asset path answers at /v1/ too', async () => {
    expect((await call(served, `/v1/${PROJECT}/asset`)).status).toBe(429)
    expect((await call(served, `/v1/${PROJECT}/read`)).status).toBe(404)
  })
})

describe('refusals, in their order', () => {
  const gatewayShape = { error_code: expect.any(String), error_msg: expect.any(String), request_id: expect.any(String) }

  test('unknown paths come first, with one text for the path and one for the method', async () => {
    const path = await call(served, '/nowhere', { headers: { 'x-auth-token': 'wrong' } })
    expect([path.status, path.body.error_code]).toEqual([404, 'APIGW.0101'])
    expect(path.body.error_msg).toBe('The API does not exist or has not been published in the environment.')
    for (const method of ['PUT', 'PATCH', 'OPTIONS', 'PROPFIND']) {
      const { status, body, headers } = await call(served, READ, { method })
      expect([method, status, body]).toEqual([method, 404, { ...gatewayShape, error_msg: 'The API does not exist.' }])
      expect(headers.get('x-request-id')).toBe(body.request_id)
    }
    expect((await call(served, READ, { method: 'HEAD' })).status).toBe(404)
  })
  test('a trailing or doubled slash is another path, never a redirect', async () => {
    for (const path of [`${READ}/`, `/${READ}`, `${READ}//`, '/', '/v1.0']) {
      expect((await call(served, path)).status).toBe(404)
    }
  })
  test('then credentials, before anything is said of the body', async () => {
    for (const type of ['application/json', 'text/plain', 'nonsense']) {
      const { status, body } = await post('{', { 'x-auth-token': 'wrong', 'content-type': type })
      expect([status, body]).toEqual([401, { ...gatewayShape, error_code: 'APIGW.0301' }])
    }
  })
  test('then the project: another one, none at all, or another one than the token’s', async () => {
    for (const project of [OTHER_PROJECT, '%7Bproject_id%7D', 'x']) {
      const { status, body } = await call(served, `/v1.0/${project}/read`)
      expect([status, body.error_code]).toEqual([403, 'VOD.10057'])
    }
    const scopes = [{ tokenProject: PROJECT }, { tokenProject: OTHER_PROJECT }, {}]
    const statuses = scopes.map(async (scope) => {
      await using other = await serve(OPERATIONS, { as: principal({ via: 'token', ...scope }) })
      return (await call(other, READ)).status
    })
    expect(await Promise.all(statuses)).toEqual([200, 403, 403])
  })
  test('then the role', async () => {
    const path = `/telecine/v1/${PROJECT}/operate`
    const refused = await call(served, path)
    expect([refused.status, refused.body.error_code]).toEqual([403, 'VOD.10074'])
    await using other = await serve(OPERATIONS, { as: principal({ role: 'operator' }) })
    expect((await call(other, path)).status).toBe(200)
  })
  test('then the rate', async () => {
    const { status, body, headers } = await call(served, `/v1.0/${PROJECT}/asset`)
    expect([status, body.error_code, headers.get('retry-after')]).toEqual([429, 'APIGW.0308', '9'])
  })
  test('then the content type, with the operation’s failure status', async () => {
    for (const type of ['text/plain', 'nonsense', 'application/xml; charset=utf-8']) {
      const { status, body } = await post('{"title":"a"}', { 'content-type': type })
      expect([type, status, body.error_code]).toEqual([type, 403, 'VOD.10059'])
    }
    expect((await post('{"title":"a"}', { 'content-type': 'application/json;charset=UTF-8' })).status).toBe(200)
  })
  test('then JSON, then fields', async () => {
    for (const text of ['{', '', '[]', 'null']) {
      const { status, body } = await post(text)
      expect([text, status, body.error_code]).toEqual([text, 403, 'VOD.10053'])
      expect(body.error_msg).toContain('illegal field: body.')
    }
    expect((await post('{"title":"a","n":2.5}')).body).toEqual({
      error_code: 'VOD.10053',
      error_msg: 'The request parameter is illegal, illegal field: n. n must be a whole number.',
    })
  })
  test('then whatever the operation says', async () => {
    const { status, body } = await call(served, `${READ}?mode=problem`)
    expect([status, body.error_code]).toEqual([403, 'VOD.10062'])
  })
})

describe('hostile requests', () => {
  test('a body of 12 MB is taken, one byte more is not, however it is sent', async () => {
    const fits = `{"title":"${'x'.repeat(LIMIT - 12)}"}`
    expect((await post(fits)).body.length).toBe(LIMIT - 12)
    const sized = await post(`${fits} `)
    expect([sized.status, sized.body.error_code, sized.body.error_msg]).toEqual([
      413,
      'APIGW.0201',
      'Request entity too large.',
    ])
    const stream = new ReadableStream({
      start(controller) {
        controller.enqueue(new TextEncoder().encode(`${fits} `))
        controller.close()
      },
    })
    const init: RequestInit & { readonly duplex: 'half' } = { method: 'POST', body: stream, duplex: 'half' }
    const chunked = await call(served, ECHO, init)
    expect(chunked.status).toBe(413)
  })
  test('a declared length beyond all measure is refused without waiting for it', async () => {
    const answer = await exchange(
      served.port,
      `POST ${ECHO} HTTP/1.1\r\nHost: x\r\nX-Auth-Token: any\r\nContent-Length: 99999999999\r\n\r\n`,
    )
    expect(answer).toMatch(/^HTTP\/1.1 413 [\s\S]*"APIGW.0201"/)
  })
  test('without credentials a body is not waited for', async () => {
    const answer = await exchange(served.port, `POST ${ECHO} HTTP/1.1\r\nHost: x\r\nContent-Length: 9999\r\n\r\n{`)
    expect(answer).toMatch(/^HTTP\/1.1 401 [\s\S]*"APIGW.0301"/)
  })
  test('what is no HTTP gets the same shape', async () => {
    for (const bytes of [
      'NONSENSE\r\n\r\n',
      'GET / HTTP/1.1\r\nContent-Length: x\r\n\r\n',
      'GET /\u0001 HTTP/1.1\r\n\r\n',
    ]) {
      const answer = await exchange(served.port, bytes)
      expect(answer).toMatch(/^HTTP\/1.1 400 [\s\S]*x-request-id: [0-9a-f]{32}[\s\S]*"error_code":"APIGW.0201"/i)
    }
  })
  test('broken percent-encoding is refused, in the path and in the query', async () => {
    for (const path of ['/v1.0/%zz/read', `/v1.0/${PROJECT}/%`, `${READ}?mode=%e4%`]) {
      const answer = await exchange(
        served.port,
        `GET ${path} HTTP/1.1\r\nHost: x\r\nX-Auth-Token: let-me-in\r\nConnection: close\r\n\r\n`,
      )
      expect(answer).toMatch(/^HTTP\/1.1 4\d\d [\s\S]*x-request-id: [0-9a-f]{32}[\s\S]*"error_code"/i)
    }
  })
  test('URLs and headers may be long, but not endless', async () => {
    expect((await call(served, `${READ}?x=${'x'.repeat(15_000)}`)).status).toBe(200)
    const longUrl = await exchange(
      served.port,
      `GET ${READ}?x=${'x'.repeat(17_000)} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`,
    )
    expect(longUrl).toMatch(/^HTTP\/1.1 414 [\s\S]*Request URI too large/)
    const answer = await exchange(served.port, `GET / HTTP/1.1\r\nHost: x\r\nX-Long: ${'x'.repeat(70_000)}\r\n\r\n`)
    expect(answer).toMatch(/^HTTP\/1.1 494 [\s\S]*Request headers too large/)
  })
})

test('a failure of ours says nothing but its request id, and the log says the rest under that id', async () => {
  const { status, body, headers } = await call(served, `${READ}?mode=bug`)
  expect([status, body]).toEqual([500, { error_code: 'VOD.10051', error_msg: 'Internal system error.' }])
  const id = headers.get('x-request-id') ?? 'none'
  const logged = served
    .log()
    .split('\n')
    .filter((line) => line.includes(id))
    .map((line) => JSON.parse(line))
  expect(logged).toContainEqual(
    expect.objectContaining({
      level: 'error',
      err: expect.objectContaining({ cause: expect.objectContaining({ message: 'deeper' }) }),
    }),
  )
  expect(logged).toContainEqual(
    expect.objectContaining({ msg: 'request', route: '/v1.0/:project_id/read', status: 500 }),
  )
})

test('no token, query or password reaches the log', async () => {
  await call(served, `${READ}?mode=Signature-in-query`)
  served.app.log.info({
    headers: { authorization: 'SDK secret-1', 'x-auth-token': 'secret-2' },
    user: { password: 'secret-3' },
  })
  served.app.log.error(new Error('GET https://obs.example/b/k?AWSAccessKeyId=a&Signature=secret-4 failed'))
  served.app.log.error(Object.assign(new Error('refused'), { request: { headers: { Authorization: 'secret-5' } } }))
  expect(served.log()).toContain('https://obs.example/b/k?[redacted]')
  expect(served.log()).not.toMatch(/secret-\d|Signature-in-query|let-me-in/)
})

describe('connections', () => {
  test('an idle one is kept for more than 75 seconds', async () => {
    const { headers } = await call(served, READ)
    expect(headers.get('keep-alive')).toMatch(/timeout=(7[5-9]|[89]\d|\d{3})/)
    expect(served.app.server.headersTimeout).toBeGreaterThan(served.app.server.keepAliveTimeout)
  })
  test('closing lets a running request finish, serves open connections, and ends idle ones', async () => {
    const gate = Promise.withResolvers<void>()
    const entered = Promise.withResolvers<void>()
    const slow = defineOperation({
      ...read,
      id: 'slow',
      path: '/v1.0/:project_id/slow',
      handle: async () => {
        entered.resolve()
        await gate.promise
        return { finished: true }
      },
    })
    const other = await serve([slow, ...OPERATIONS])
    await call(other, READ)
    const answer = call(other, `/v1.0/${PROJECT}/slow`)
    await entered.promise
    const closed = other.app.close()
    gate.resolve()
    expect((await answer).body).toEqual({ finished: true })
    await closed
    await expect(call(other, READ)).rejects.toThrow()
  })
})
