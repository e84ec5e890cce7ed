import Type from 'typebox'
import { expect, test } from 'vitest'
import { AuditBuffer } from '../../src/adapters/audit/audit-buffer.ts'
import type { AuditEntry } from '../../src/core/audit/entry.ts'
import { isAudited, SUBJECT_MEMBERS, subjectsOf } from '../../src/http/audit.ts'
import { NATIVE_OPERATIONS } from '../../src/native/index.ts'
import { BUILT_OPERATIONS } from '../../src/wire/index.ts'
import { defineOperation } from '../../src/wire/operation.ts'
import { PROJECT, serve } from './served.ts'

const slow = (until: Promise<void>) =>
  defineOperation({
    ...{ id: 'addThing', method: 'POST', path: '/v1.0/:project_id/thing', summary: '', group: '', gaps: [] },
    ...{ successStatus: 200, failureStatus: 400 },
    body: Type.Object({ name: Type.String() }),
    reply: Type.Object({ id: Type.String() }),
    async handle() {
      await until
      return { id: 'thing-1' }
    },
  })

const entry: Omit<AuditEntry, 'happenedAt'> = { actor: { role: 'system' }, operation: 'deed', subjects: [] }

class Lines {
  readonly logged: unknown[] = []
  warn = (line: unknown): number => this.logged.push(line)
  error = (line: unknown): number => this.logged.push(line)
}

test('a call whose client hung up is told of when its outcome is known, and the drain writes it', async () => {
  const written: AuditEntry[] = []
  const store = { append: async (entries: readonly AuditEntry[]) => void written.push(...entries) }
  const trail = new AuditBuffer({ store, logger: new Lines(), now: () => new Date(0) })
  const [began, finish] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  const operation = slow(finish.promise)
  const handle = operation.handle
  operation.handle = async (...given) => {
    began.resolve()
    return handle(...given)
  }
  const server = await serve([operation], {
    trail,
    extend: (app) => app.addHook('onClose', () => trail[Symbol.asyncDispose]()),
  })
  const hangUp = new AbortController()
  const headers = { 'x-auth-token': 'let-me-in', 'content-type': 'application/json' }
  const call = fetch(`${server.url}/v1.0/${PROJECT}/thing`, {
    ...{ method: 'POST', headers, body: '{"name":"a name"}', signal: hangUp.signal },
  })
  await began.promise
  hangUp.abort()
  await expect(call).rejects.toThrow()
  finish.resolve()
  await server.app.close()
  await trail.flush()
  expect(written).toMatchObject([
    { operation: 'addThing', projectId: PROJECT, subjects: ['a name', 'thing-1'], request: { status: 200 } },
  ])
})

test('entries wait for a database that is away, in their order, and are logged when it does not come back', async () => {
  const written: string[] = []
  const lines = new Lines()
  let isAway = true
  const store = {
    async append(entries: readonly AuditEntry[]) {
      if (isAway) throw new Error('away')
      written.push(...entries.map(({ operation }) => operation))
    },
  }
  const trail = new AuditBuffer({ store, logger: lines, now: () => new Date(0) })
  trail.add({ ...entry, operation: 'first' })
  await trail.flush()
  isAway = false
  trail.add({ ...entry, operation: 'second' })
  await trail.flush()
  expect(written).toEqual(['first', 'second'])
  isAway = true
  trail.add({ ...entry, operation: 'third' })
  await trail[Symbol.asyncDispose]()
  expect(lines.logged.at(-1)).toMatchObject({ audit_entry: { operation: 'third' } })
})

test('what is kept while the database hangs is bounded; the rest goes to the log', async () => {
  const lines = new Lines()
  const hung = Promise.withResolvers<void>()
  const trail = new AuditBuffer({ store: { append: () => hung.promise }, logger: lines, now: () => new Date(0) })
  for (let n = 0; n < 10_002; n++) trail.add(entry)
  expect(lines.logged).toHaveLength(2)
  hung.resolve()
  await trail[Symbol.asyncDispose]()
})

test('what operations are given as the id of something is a subject', () => {
  const asked = [...BUILT_OPERATIONS, ...NATIVE_OPERATIONS].filter(isAudited).flatMap(({ query, body }) => {
    return [query, body].flatMap((schema) => Object.keys(Object(Object(schema).properties)))
  })
  const ids = [...new Set(asked)].filter((name) => /(^|_)ids?(_list)?$/.test(name))
  // What these name is set beside the subject, or belongs to it.
  const beside = new Set(['category_id', 'parent_id', 'project_ids', 'subtitle_id', 'watermark_template_ids'])
  expect(new Set(ids.filter((name) => !SUBJECT_MEMBERS.includes(name)))).toEqual(beside)
})

test('subjects are ids and names, once each, cut, and as PostgreSQL takes them', () => {
  const answer = { asset_id: ['a', 'b', 'a'], id: 7, secret_key: 's', title: 't', bucket: 'b\u0000c' }
  expect(subjectsOf([answer, undefined, { name: '\ud800' }])).toEqual(['a', 'b', '7', 'b c', '\ufffd'])
  expect(subjectsOf([{ thumbnailUrl: `http://x/asset/${'a'.repeat(32)}/cover/Cover0.jpg?secret=1` }])).toEqual([
    'a'.repeat(32),
  ])
  const many = Array.from({ length: 300 }, (_, n) => `${n}`.padStart(500, '0'))
  expect(
    subjectsOf([{ id: many.map((text) => text.split('').reverse().join('')) }]).map((text) => text.length),
  ).toEqual(Array.from({ length: 100 }, () => 128))
})
