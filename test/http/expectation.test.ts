import { expect, test } from 'vitest'
import { exchange, serve } from './served.ts'

test('an expectation that nobody can meet is refused in the vendor’s shape, with a request id', async () => {
  await using served = await serve([])
  const answer = await exchange(served.port, 'GET / HTTP/1.1\r\nHost: x\r\nExpect: nonsense\r\n\r\n')
  expect(answer).toMatch(
    /^HTTP\/1.1 417 [\s\S]*x-request-id: ([0-9a-f]{32})[\s\S]*"APIGW.0201"[\s\S]*"request_id":"\1"/i,
  )
})
