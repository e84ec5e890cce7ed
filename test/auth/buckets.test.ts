import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ProjectId } from '../../src/core/shared/ids.ts'
import { type Installation, install, REGION, SERVICE_BUCKET } from './installation.ts'

let site: Installation
let one: Awaited<ReturnType<Installation['addTenant']>>
let two: typeof one
beforeAll(async () => {
  site = await install()
  one = await site.addTenant('one')
  two = await site.addTenant('two')
})
afterAll(() => site[Symbol.asyncDispose]())

const change = async ({ projectId, key }: typeof one, bucket: string, operation: string | number) => {
  const target = `/v1.0/${projectId}/asset/authority`
  const { status, body } = await site.call('PUT', target, { key, body: { bucket, operation } })
  return status === 200 ? body : [status, body.error_code]
}
const granted = (projectId: ProjectId, bucket: string) => site.auth.isGranted(projectId, bucket)

test('the first project that authorises a bucket owns it, also after it took the grant back', async () => {
  site.buckets.names.add('films')
  expect(await granted(one.projectId, 'films')).toBe(false)
  expect(await change(one, 'films', '1')).toEqual({})
  expect(await change(one, 'films', 1), 'again').toEqual({})
  expect(await granted(one.projectId, 'films')).toBe(true)
  expect(await granted(two.projectId, 'films')).toBe(false)
  expect(await change(two, 'films', '1')).toEqual([403, 'VOD.10138'])
  expect(await change(two, 'films', '0')).toEqual([403, 'VOD.10138'])
  expect(await granted(one.projectId, 'films')).toBe(true)
  expect(await change(one, 'films', 0)).toEqual({})
  expect(await change(one, 'films', '0'), 'again').toEqual({})
  expect(await granted(one.projectId, 'films')).toBe(false)
  expect(await change(two, 'films', '1')).toEqual([403, 'VOD.10138'])
  expect(await change(one, 'films', '1')).toEqual({})
})

test('twenty authorisations at once by two projects leave exactly one owner', async () => {
  site.buckets.names.add('contested')
  const projects = Array.from({ length: 20 }, (_, n) => (n % 2 === 0 ? one : two))
  const outcomes = await Promise.all(projects.map((tenant) => change(tenant, 'contested', '1')))
  const row = await site.db.kysely.selectFrom('tenant_bucket').selectAll().where('name', '=', 'contested').execute()
  expect(row).toHaveLength(1)
  const expected = projects.map(({ projectId }) => (projectId === row[0]?.project_id ? {} : [403, 'VOD.10138']))
  expect(outcomes).toEqual(expected)
})

test('what does not exist cannot be authorised, and the service bucket never', async () => {
  expect(await change(one, 'no-such-bucket', '1')).toEqual([403, 'VOD.10075'])
  expect(await change(one, 'no-such-bucket', '0')).toEqual([403, 'VOD.10075'])
  site.buckets.names.add(SERVICE_BUCKET)
  expect(await change(one, SERVICE_BUCKET, '1')).toEqual([403, 'VOD.10138'])
  await expect(site.auth.addBucket(one.projectId, SERVICE_BUCKET)).rejects.toMatchObject({
    problem: { kind: 'bucket_of_other_project' },
  })
  await expect(site.auth.assignBucket(SERVICE_BUCKET, 'one')).rejects.toMatchObject({
    problem: { kind: 'bucket_of_other_project' },
  })
})

test('a grant may be taken back when the bucket is gone', async () => {
  site.buckets.names.add('vanishing')
  await change(one, 'vanishing', '1')
  site.buckets.names.delete('vanishing')
  expect(await change(one, 'vanishing', '0')).toEqual({})
})

test.each([
  [{ bucket: 'films' }],
  [{ operation: '1' }],
  [{ bucket: '', operation: '1' }],
  [{ bucket: 'films', operation: '2' }],
])('an incomplete or odd request is refused: %j', async (body) => {
  const target = `/v1.0/${one.projectId}/asset/authority`
  const answer = await site.call('PUT', target, { key: one.key, body })
  expect([answer.status, answer.body.error_code]).toEqual([403, 'VOD.10053'])
})

test('an operator moves a bucket to another project, without its grant', async () => {
  site.buckets.names.add('moving')
  await change(one, 'moving', '1')
  const assign = (project: string) =>
    site.call('PUT', `/telecine/v1/${site.projectId}/buckets`, { body: { bucket: 'moving', project } })
  expect((await assign('one')).status).toBe(204)
  expect(await granted(one.projectId, 'moving')).toBe(true)
  expect((await assign('two')).status).toBe(204)
  expect(await granted(one.projectId, 'moving')).toBe(false)
  expect(await granted(two.projectId, 'moving')).toBe(false)
  expect(await change(one, 'moving', '1')).toEqual([403, 'VOD.10138'])
  expect(await change(two, 'moving', '1')).toEqual({})
  expect((await assign('nowhere')).status).toBe(404)
})

test('an operator adds a bucket, which is made when it is missing, and removes it from the books', async () => {
  const path = `/telecine/v1/${site.projectId}/buckets`
  expect((await site.call('POST', path, { body: { bucket: 'fresh' } })).status).toBe(204)
  expect(site.buckets.names).toContain('fresh')
  expect(await granted(site.projectId, 'fresh')).toBe(true)
  expect((await site.call('POST', path, { body: { bucket: 'films' } })).body.error_code).toBe('VOD.10138')
  const { buckets } = (await site.call('GET', path)).body
  expect(buckets).toEqual([{ bucket: 'fresh', project: REGION, project_id: site.projectId, authorized: true }])
  expect((await site.call('DELETE', `${path}?bucket=fresh`)).status).toBe(204)
  expect((await site.call('DELETE', `${path}?bucket=fresh`)).status).toBe(404)
  expect(site.buckets.names, 'the bucket itself stays').toContain('fresh')
})

test('a member sees the buckets of the project, and not who owns the others', async () => {
  const path = `/telecine/v1/${one.projectId}/buckets`
  const { buckets } = (await site.call('GET', path, { key: one.key })).body
  expect(new Set(buckets.map(({ project }: { project: string }) => project))).toEqual(new Set(['one']))
  expect((await site.call('GET', `${path}?all=1`, { key: one.key })).body.error_code).toBe('VOD.10074')
  const all = await site.call('GET', `/telecine/v1/${site.projectId}/buckets?all=1&size=2`)
  expect(all.body.buckets).toHaveLength(2)
  expect(all.body.total).toBeGreaterThan(2)
})
