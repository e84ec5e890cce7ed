import { expect, test } from 'vitest'
import { toWireError, WIRE_ERRORS } from './errors.ts'

test('a refused field is named twice: as the vendor names it, and in a sentence that says why', () => {
  const problem = { kind: 'invalid_field', field: 'title', reason: 'must not be empty' } as const
  expect(toWireError(problem, 400)).toEqual({
    status: 400,
    body: {
      error_code: 'VOD.10053',
      error_msg: 'The request parameter is illegal, illegal field: title. title must not be empty.',
    },
  })
})

test('the status is the operation’s, unless the problem fixes its own', () => {
  expect(toWireError({ kind: 'asset_not_found' }, 403).status).toBe(403)
  expect(toWireError({ kind: 'asset_deleted' }, 403).status).toBe(404)
  expect(toWireError({ kind: 'project_mismatch' }, 400).status).toBe(403)
  expect(toWireError({ kind: 'not_built', what: 'workflows' }, 400)).toEqual({
    status: 501,
    body: { error_code: 'TELECINE.0501', error_msg: 'Not built yet: workflows.' },
  })
})

test('a limit is written into the text', () => {
  expect(toWireError({ kind: 'too_many_assets', limit: 100 }, 403).body.error_msg).toContain('exceeds the limit: 100')
})

test('a caller’s words are never read as a placeholder', () => {
  const problem = { kind: 'invalid_field', field: 'workflow_name', reason: 'names no workflow: {field}' } as const
  expect(toWireError(problem, 400).body.error_msg).toContain('names no workflow: {field}.')
})

test('every placeholder of the table is a member of its problem', () => {
  const placeholders = Object.entries(WIRE_ERRORS).flatMap(([kind, { message }]) =>
    [...message.matchAll(/\{(\w+)\}/g)].map(([, name]) => `${kind}.${name}`),
  )
  expect(placeholders.sort()).toEqual([
    'bucket_not_authorized.bucket',
    'bucket_not_found.bucket',
    'bucket_not_found.where',
    'conflict.what',
    'invalid_field.field',
    'invalid_field.field',
    'invalid_field.reason',
    'media_unsupported.reason',
    'not_built.what',
    'not_found.what',
    'over_preheat_quota.limit',
    'over_refresh_quota.limit',
    'storage_full.neededBytes',
    'storage_full.quotaBytes',
    'storage_full.usedBytes',
    'too_many_assets.limit',
    'too_many_streams.limit',
    'too_many_watermarks.limit',
    'watermark_not_found.id',
    'wrong_region.location',
    'wrong_region.region',
  ])
})
