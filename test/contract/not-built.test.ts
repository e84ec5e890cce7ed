import { readFileSync } from 'node:fs'
import { ListTopStatisticsRequest } from '@huaweicloud/huaweicloud-sdk-vod'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { BUILT_OPERATIONS, OPERATIONS, pathsOf } from '../../src/wire/index.ts'
import { NOT_BUILT_OPERATIONS } from '../../src/wire/not-built.ts'
import facts from './operations.json' with { type: 'json' }
import { type ContractServer, refusalOf, startContractServer } from './support.ts'

let server: ContractServer
beforeAll(async () => {
  server = await startContractServer()
})
afterAll(() => server[Symbol.asyncDispose]())

const request = (method: string, path: string, token?: string) =>
  fetch(server.url + path.replace(':project_id', server.tenant.projectId), {
    method,
    headers: { 'content-type': 'application/json', ...(token !== undefined && { 'x-auth-token': token }) },
    ...(method === 'GET' ? {} : { body: '{}' }),
  })

const signIn = async (): Promise<string> => {
  await server.auth.addUser({
    name: 'reader',
    password: 'correct horse',
    role: 'member',
    projectIds: [server.tenant.projectId],
  })
  const user = { name: 'reader', password: 'correct horse', domain: { name: 'telecine' } }
  const body = {
    auth: { identity: { methods: ['password'], password: { user } }, scope: { project: { name: 'cn-north-4' } } },
  }
  const answer = await fetch(`${server.url}/v3/auth/tokens`, { method: 'POST', body: JSON.stringify(body) })
  return answer.headers.get('x-subject-token') ?? `refused: ${await answer.text()}`
}

test('the table has every operation of the contract, with its path and statuses', () => {
  const table = OPERATIONS.map((row) => `${row.id} ${row.method} ${row.path} ${row.successStatus} ${row.failureStatus}`)
  expect(table.toSorted()).toEqual(facts.toSorted())
})

test('an operation is built or not, and never both', () => {
  const built = new Set(BUILT_OPERATIONS.map(({ id }) => id))
  expect(NOT_BUILT_OPERATIONS.filter(({ id }) => built.has(id))).toEqual([])
})

describe('an operation that is not built', () => {
  test('says so, in the vendor’s shape, whoever is signed in', async () => {
    const token = await signIn()
    const answers = await Promise.all(
      NOT_BUILT_OPERATIONS.flatMap((operation) =>
        pathsOf(operation).map(async (path) => {
          const answer = await request(operation.method, path, token)
          return { path, status: answer.status, id: answer.headers.get('x-request-id'), body: await answer.json() }
        }),
      ),
    )
    expect(answers.length).toBeGreaterThan(NOT_BUILT_OPERATIONS.length)
    for (const { path, status, id, body } of answers) {
      expect([path, status, body]).toEqual([
        path,
        501,
        { error_code: 'TELECINE.0501', error_msg: expect.stringMatching(/^Not built yet: the operation \w+\.$/) },
      ])
      expect(id).toMatch(/^[0-9a-f]{32}$/)
    }
  })
  test('says nothing to strangers', async () => {
    const statuses = NOT_BUILT_OPERATIONS.map(async ({ method, path }) => (await request(method, path)).status)
    expect(new Set(await Promise.all(statuses))).toEqual(new Set([401]))
  })
  test('is a plain exception in the vendor’s SDK', async () => {
    const call = server.tenant.vod.listTopStatistics(new ListTopStatisticsRequest('media.example', '20260101'))
    expect(await refusalOf(call)).toMatchObject({ status: 501, code: 'TELECINE.0501' })
  })
})

const contractFile = process.env['TELECINE_TEST_CONTRACT']

test.skipIf(contractFile === undefined)('the facts are those of the contract file (TELECINE_TEST_CONTRACT)', () => {
  const { paths } = parse(readFileSync(contractFile ?? '', 'utf8'))
  const rows = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(Object(methods)).flatMap(([method, operation]) => {
      const { operationId, responses, 'x-failureStatus': failure } = Object(operation)
      const success = Object.keys(Object(responses)).find((status) => status.startsWith('2'))
      const url = path.replace('{project_id}', ':project_id')
      return operationId ? [`${operationId} ${method.toUpperCase()} ${url} ${success} ${failure}`] : []
    }),
  )
  expect(rows.toSorted()).toEqual(facts.toSorted())
})
