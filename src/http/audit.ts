import type { FastifyRequest } from 'fastify'
import type { Actor, AuditEntry } from '../core/audit/entry.ts'
import type { AuditTrail } from '../core/audit/ports.ts'
import type { Principal } from '../core/auth/principal.ts'
import type { ProjectId } from '../core/shared/ids.ts'
import type { AnyOperation } from '../wire/operation.ts'
import { answerTo } from './render-error.ts'

/** What is known of a call so far; more with each of its steps. */
export interface Call {
  readonly operation: AnyOperation
  readonly requestId: string
  readonly address: string
  principal?: Principal
  /** Of the path, if the caller may use it. */
  projectId?: ProjectId
  /** Query and body, after the checks. */
  input?: readonly unknown[]
}

/** Whether a call is one for the log: all but those that read. */
export const isAudited = ({ method }: AnyOperation): boolean => method !== 'GET'

/** Runs a part of a call and tells the log when that ends it: with its answer, or a failure. Without a caller there is nobody to tell of. */
export const audited = async <T>(
  { trail, call, endsIt }: { readonly trail: AuditTrail | undefined; readonly call: Call; readonly endsIt: boolean },
  part: () => Promise<T>,
): Promise<T> => {
  const tell = (status: number, more: { readonly answer?: unknown; readonly errorCode?: string }): void => {
    const { operation, principal, projectId, requestId, address, input = [] } = call
    if (!principal || !isAudited(operation)) return
    const { errorCode, answer } = more
    trail?.add({
      // What only operators may do concerns more than the project of its path.
      ...(projectId !== undefined && operation.access !== 'operator' && { projectId }),
      ...{ actor: actorOf(principal), operation: operation.id, subjects: subjectsOf([...input, answer]) },
      request: { status, ...(errorCode !== undefined && { errorCode }), requestId, address },
    })
  }
  try {
    const answer = await part()
    if (endsIt) tell(call.operation.successStatus, { answer })
    return answer
  } catch (error) {
    const { status, code } = answerTo(error, call.operation.failureStatus)
    tell(status, { errorCode: code })
    throw error
  }
}

/** Something outside the tables of operations that a known caller has done; what is not an operation has no other entry. */
export const tellOf = (
  trail: AuditTrail | undefined,
  { id: requestId, ip: address }: Pick<FastifyRequest, 'id' | 'ip'>,
  { status, ...entry }: Omit<AuditEntry, 'happenedAt' | 'request'> & { readonly status: number },
): void => trail?.add({ ...entry, request: { status, requestId, address } })

type Who = Pick<Principal, 'role' | 'userId' | 'userName' | 'accessKey'>

export const actorOf = ({ role, userId, userName, accessKey }: Who): Actor => ({
  ...{ role, userId, userName },
  ...(accessKey !== undefined && { accessKey }),
})

/** Members that name what a call is about, in requests and answers; nothing else of these is ever kept. */
export const SUBJECT_MEMBERS = [
  ...['asset_id', 'asset_id_list', 'audio_asset_id', 'group_id', 'task_id', 'id', 'delivery_id', 'watermark_id'],
  ...['template_id', 'workflow_id'],
  ...['name', 'user', 'project', 'bucket', 'access_key'],
]
const MOST_SUBJECTS = 100
const MOST_CHARACTERS = 128

/** Ids and names in objects that came from outside, or go there: once each, cut, and without what PostgreSQL takes for no text. */
export const subjectsOf = (objects: readonly unknown[]): readonly string[] => {
  const values = objects.flatMap((object) => {
    const members = new Map<string, unknown>(Object.entries(Object(object)))
    const urls = ['thumbnailUrl', 'urls'].flatMap((name) => members.get(name)).map(assetIn)
    return [...SUBJECT_MEMBERS.flatMap((name) => members.get(name)), ...urls]
  })
  const texts = values.flatMap((value) => {
    if (typeof value !== 'string' && typeof value !== 'number') return []
    return String(value)
      .toWellFormed()
      .replaceAll(/\p{Cc}/gu, ' ')
      .slice(0, MOST_CHARACTERS)
      .toWellFormed()
  })
  return [...new Set(texts)].slice(0, MOST_SUBJECTS)
}

/** Of a URL of ours. */
const assetIn = (url: unknown): string | undefined =>
  typeof url === 'string' ? /\/asset\/([0-9a-f]{32})\//.exec(url)?.[1] : undefined
