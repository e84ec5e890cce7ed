import Type from 'typebox'
import type { AuditEntry } from '../core/audit/entry.ts'
import { isOperator } from '../core/auth/principal.ts'
import { DomainError } from '../core/shared/problem.ts'
import { Flag01, textOf } from '../wire/fields.ts'
import { type AnyOperation, defineOperation } from '../wire/operation.ts'
import { BASE, PageQuery, parseTime } from './fields.ts'

const Text = textOf({ minLength: 1, maxBytes: 256 })
const TimeText = Type.String({ maxBytes: 40 })

export const listAuditLog = defineOperation({
  id: 'listAuditLog',
  method: 'GET',
  path: `${BASE}/audit`,
  summary:
    "Who did what, newest first: of the path's project; with all=1 (operators) of all projects and of the installation.",
  group: 'audit',
  failureStatus: 400,
  gaps: [],
  query: Type.Object({
    ...PageQuery,
    from: Type.Optional(TimeText),
    to: Type.Optional(TimeText),
    actor: Type.Optional(Text),
    asset_id: Type.Optional(Text),
    operation: Type.Optional(Text),
    all: Type.Optional(Flag01),
  }),
  reply: Type.Object({
    total: Type.Integer({ description: 'At most 20,000.' }),
    entries: Type.Array(
      Type.Object({
        happened_at: Type.String(),
        project_id: Type.Optional(Type.String()),
        role: Type.String({ description: 'operator, member or system.' }),
        user_id: Type.Optional(Type.String()),
        user: Type.Optional(Type.String()),
        access_key: Type.Optional(Type.String()),
        operation: Type.String(),
        subjects: Type.Array(Type.String()),
        status: Type.Optional(Type.Integer()),
        error_code: Type.Optional(Type.String()),
        request_id: Type.Optional(Type.String()),
        address: Type.Optional(Type.String()),
      }),
    ),
  }),
  successStatus: 200,
  async handle({ query }, { core, principal, projectId }) {
    const { page = 0, size = 100, from, to, actor, operation, asset_id: subject, all } = query
    if (all === 1 && !isOperator(principal)) throw new DomainError({ kind: 'forbidden' })
    const filter = {
      ...(all !== 1 && { projectId }),
      ...(from !== undefined && { from: parseTime(from, 'from') }),
      ...(to !== undefined && { to: parseTime(to, 'to') }),
      ...(actor !== undefined && { actor }),
      ...(operation !== undefined && { operation }),
      ...(subject !== undefined && { subject }),
    }
    const { entries, total } = await core.audit.listEntries(filter, { offset: page * size, limit: size })
    return { total, entries: entries.map(toAnswer) }
  },
})

const toAnswer = ({ happenedAt, projectId, actor, operation, subjects, request }: AuditEntry) => ({
  happened_at: happenedAt.toISOString(),
  ...(projectId !== undefined && { project_id: projectId }),
  role: actor.role,
  ...(actor.role !== 'system' && {
    ...{ user_id: actor.userId, user: actor.userName },
    ...(actor.accessKey !== undefined && { access_key: actor.accessKey }),
  }),
  ...{ operation, subjects: [...subjects] },
  ...(request && {
    status: request.status,
    ...(request.errorCode !== undefined && { error_code: request.errorCode }),
    ...{ request_id: request.requestId, address: request.address },
  }),
})

export const AUDIT_OPERATIONS: readonly AnyOperation[] = [listAuditLog]
