import { expect, test } from 'vitest'
import { call, serve } from './served.ts'

interface RequestLine {
  readonly level: string
  readonly msg: string
  readonly method: string
  readonly status: number
}

test('requests that succeed and change nothing are lines for debugging, all others for the log of every day', async () => {
  await using served = await serve([], {
    extend(app) {
      app.route({ method: ['GET', 'HEAD', 'OPTIONS', 'POST', 'DELETE'], url: '/thing', handler: async () => ({}) })
      app.get('/bad', async (_request, reply) => reply.code(404).send({}))
    },
  })
  for (const method of ['GET', 'OPTIONS', 'POST', 'DELETE']) await fetch(`${served.url}/thing`, { method })
  await fetch(`${served.url}/thing`, { method: 'HEAD' })
  await call(served, '/bad')
  await call(served, '/nowhere')
  await served.app.close()
  const lines = served
    .log()
    .trimEnd()
    .split('\n')
    .map((line): RequestLine => JSON.parse(line))
  const requests = lines.filter(({ msg }) => msg === 'request')
  expect(requests.map(({ level, method, status }) => `${level} ${method} ${status}`).toSorted()).toEqual([
    'debug GET 200',
    'debug HEAD 200',
    'debug OPTIONS 200',
    'info DELETE 200',
    'info GET 404',
    'info GET 404',
    'info POST 200',
  ])
})
