import { expect, test } from 'vitest'
import { canonicalRequest, canonicalUri, sha256Hex } from './canonical-request.ts'
import { canonicalQueries, readQuery } from './query.ts'
import { signRequest } from './sign-request.ts'
import { checkDate, checkSignature, readClaim, type SignatureRefusal } from './verify-signature.ts'
import { readHeaders, type WireRequest } from './wire-request.ts'

const PROJECT = '0123456789abcdef0123456789abcdef'
const KEY = { access: 'VODCONTRACTTESTAK001', secret: 'c0ntract-Test/Secret+Key0123456789abcdef' }
const NOW = new Date('2026-01-02T03:04:05Z')
const SIGNED = 'content-type;host;x-project-id;x-sdk-date'
const HEADERS = {
  'content-type': 'application/json',
  host: 'vod.local.example:8443',
  'x-project-id': PROJECT,
}

interface Sent {
  readonly method?: string
  readonly target?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly extra?: readonly string[]
  readonly body?: string
}

const received = ({ method = 'GET', target = '/', headers = {}, extra = [], body = '' }: Sent): WireRequest => ({
  method,
  target,
  headers: readHeaders([...Object.entries(headers).flat(), ...extra]),
  body: Buffer.from(body),
})

/** As a client of the vendor sends it: headers signed by name, `Authorization` made elsewhere (the vectors). */
const withSignature = (signature: string, signedHeaders: string, sent: Sent): WireRequest => {
  const authorization = `SDK-HMAC-SHA256 Access=${KEY.access}, SignedHeaders=${signedHeaders}, Signature=${signature}`
  return received({
    ...sent,
    headers: { ...sent.headers, 'X-Sdk-Date': '20260102T030405Z', Authorization: authorization },
  })
}

const signed = ({ method = 'GET', target = '/', headers = HEADERS, body = '' }: Sent, key = KEY): Sent => ({
  method,
  target,
  headers: signRequest({ method, target, headers, body: Buffer.from(body) }, key, NOW),
  body,
})

const verify = (request: WireRequest, now = NOW): SignatureRefusal | undefined => {
  const claim = readClaim(request)
  return 'refused' in claim ? claim : (checkDate(claim, now) ?? checkSignature(request, claim, KEY.secret))
}

test('vector V1: POST with a body in raw UTF-8', () => {
  const request = withSignature('abbf890049f73027df2aeab7b14980d3abf66e7bf592dbd612de257393c6d4a3', SIGNED, {
    method: 'POST',
    target: `/v1.0/${PROJECT}/asset/category`,
    headers: HEADERS,
    body: '{"name":"纪录片 films","parent_id":0}',
  })
  expect(verify(request)).toBeUndefined()
})

test('vector V2: repeated parameters and characters that Node leaves unescaped on the wire', () => {
  const query = 'id=a1%20b~c*(d)!&id=b2&page=0&size=20'
  const target = `/v1.0/${PROJECT}/template/watermark`
  const signature = 'dae18b8c84b325f494214effb880941bb5b6c18c5ae51faf501d2ff23d32b672'
  for (const wireQuery of [query, 'size=20&page=0&id=b2&id=a1%20b~c*(d)!']) {
    const request = withSignature(signature, SIGNED, { target: `${target}?${wireQuery}`, headers: HEADERS })
    expect(verify(request)).toBeUndefined()
  }
  const [canonicalQuery] = canonicalQueries(query) ?? []
  expect(canonicalQuery).toBe('id=a1%20b~c%2A%28d%29%21&id=b2&page=0&size=20')
  const headers = SIGNED.split(';').map((name): [string, string] => [
    name,
    new Map(Object.entries({ ...HEADERS, 'x-sdk-date': '20260102T030405Z' })).get(name) ?? '',
  ])
  const canonical = canonicalRequest({
    method: 'GET',
    uri: canonicalUri(target) ?? '',
    query: canonicalQuery ?? '',
    headers,
    payloadHash: sha256Hex(''),
  })
  expect(sha256Hex(canonical)).toBe('ff22a4db97004d8c408344e460415fd977b6f9ff6bf4d65be7d697c0328580d6')
})

test('vector V3: DELETE with temporary credentials', () => {
  const request = withSignature(
    'e7595f0a7cb2c827ab2ec2067fff5c6e0f62e0c817cd990cf69e9ba63bd65216',
    `${SIGNED};x-security-token`,
    {
      method: 'DELETE',
      target: `/v1.0/${PROJECT}/asset/process?asset_id=00112233445566778899aabbccddeeff`,
      headers: { ...HEADERS, 'X-Security-Token': 'temporary-token-value==' },
    },
  )
  expect(verify(request)).toBeUndefined()
})

test('values of a repeated name may be signed sorted or in wire order, but not in any third order', () => {
  const sortedByClient = signed({ target: '/list?id=1&id=2&id=3' })
  const wireOrder = { ...sortedByClient, target: '/list?id=3&id=1&id=2' }
  expect(verify(received(wireOrder))).toBeUndefined()
  expect(canonicalQueries('id=9&id=10&a=1')).toEqual(['a=1&id=10&id=9', 'a=1&id=9&id=10'])
  expect(canonicalQueries('b=1&a=2')).toEqual(['a=2&b=1'])
})

test('a plus stays a plus, in what is signed and in what is read', () => {
  expect(canonicalQueries('t=a+b%20c&x')).toEqual(['t=a%2Bb%20c&x='])
  expect(readQuery('t=a+b%20c&x&y=%E7%BA%AA')).toEqual([
    { name: 't', value: 'a+b c' },
    { name: 'x', value: '' },
    { name: 'y', value: '纪' },
  ])
  expect(readQuery('t=%zz')).toBeUndefined()
})

test('a path is taken raw: escapes of one form are equal, an escaped slash is no slash', () => {
  expect(canonicalUri('/a%7Eb/(c)')).toBe('/a~b/%28c%29/')
  expect(canonicalUri('/a%2Fb')).not.toBe(canonicalUri('/a/b'))
  expect(canonicalUri('/a//b')).toBe('/a//b/')
  expect(canonicalUri('/a/../b')).toBe('/a/../b/')
  expect(canonicalUri('http://host/a')).toBeUndefined()
})

test('a clock may be 15 minutes off, either way, and no more', () => {
  const request = received(signed({}))
  for (const offset of [-900_000, 900_000]) expect(verify(request, new Date(NOW.getTime() + offset))).toBeUndefined()
  for (const offset of [-900_001, 900_001]) {
    expect(verify(request, new Date(NOW.getTime() + offset))).toMatchObject({ refused: 'skew' })
  }
})

test('UNSIGNED-PAYLOAD leaves the body open when it is signed itself', () => {
  const headers = { ...HEADERS, 'X-Sdk-Content-Sha256': 'UNSIGNED-PAYLOAD' }
  const request = signed({ method: 'PUT', headers, body: '{"a":1}' })
  expect(verify(received(request))).toBeUndefined()
  expect(verify(received({ ...request, body: '{"a":2}' }))).toBeUndefined()
})

test('a signed digest must be that of the body', () => {
  const headers = { ...HEADERS, 'X-Sdk-Content-Sha256': sha256Hex('{"a":1}') }
  const request = signed({ method: 'PUT', headers, body: '{"a":1}' })
  expect(verify(received(request))).toBeUndefined()
  expect(verify(received({ ...request, body: '{"a":2}' }))).toMatchObject({ refused: 'malformed' })
})

test('adding X-Sdk-Content-Sha256 to a captured request lets no other body through', () => {
  const captured = signed({ method: 'PUT', body: '{"a":1}' })
  for (const added of [sha256Hex('{"a":1}'), sha256Hex('{"a":2}'), 'UNSIGNED-PAYLOAD']) {
    const forged = received({ ...captured, body: '{"a":2}', extra: ['X-Sdk-Content-Sha256', added] })
    expect(verify(forged)).toMatchObject({ refused: 'malformed' })
  }
})

test('an unsigned security token is refused', () => {
  const captured = signed({})
  expect(verify(received({ ...captured, extra: ['X-Security-Token', 'other'] }))).toMatchObject({
    refused: 'malformed',
  })
})

test('a signed header that comes twice, or not at all, is refused', () => {
  const request = signed({})
  for (const name of ['X-Project-Id', 'Host', 'X-Sdk-Date']) {
    expect(verify(received({ ...request, extra: [name, 'x'] })), name).toMatchObject({ refused: 'malformed' })
  }
  const { 'x-project-id': _, ...without } = request.headers ?? {}
  expect(verify(received({ ...request, headers: without }))).toMatchObject({ refused: 'malformed' })
})

test('host and content type need not be signed, the date must be', () => {
  const { host: _, ...headers } = HEADERS
  expect(verify(received({ ...signed({ headers }), extra: ['Host', 'anything.example'] }))).toBeUndefined()
  const { authorization = '', ...rest } = signed({}).headers ?? {}
  const undated = authorization.replace(';x-sdk-date', '')
  expect(verify(received({ headers: { ...rest, authorization: undated } }))).toMatchObject({ refused: 'malformed' })
})

test.each(['V11-HMAC-SHA256 Credential=a/b', 'SDK-HMAC-SM3 Access=a', 'Bearer x', ''])(
  'another algorithm is refused: %s',
  (authorization) => {
    expect(verify(received({ headers: { authorization } }))).toMatchObject({ refused: 'algorithm' })
  },
)
