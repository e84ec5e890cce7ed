import Type, { type Static } from 'typebox'
import { describeWaiting } from '../core/progress/describe-waiting.ts'
import { isFinal, LAST_POSITION, type Progress as Standing } from '../core/progress/progress.ts'
import { type AnyOperation, defineOperation, eventsOf, type ServerSentEvent } from '../wire/operation.ts'
import { BASE } from './fields.ts'

const PATH = `${BASE}/assets/:asset_id/progress`
const AssetIdText = Type.String({ minLength: 1, maxBytes: 128 })
const shared = { group: 'assets', successStatus: 200, failureStatus: 400, gaps: [] } as const

const WaitingFor = Type.Object({
  code: Type.Enum(['transfer', 'queue', 'no_worker', 'retry', 'store_away']),
  text: Type.String({ description: 'The same in words.' }),
  reason: Type.Optional(Type.String({ description: 'Of the last try that failed.' })),
  next_try_at: Type.Optional(Type.String()),
})

const Progress = Type.Object({
  asset_id: Type.String(),
  state: Type.Enum(['waiting', 'running', 'complete', 'failed', 'deleted']),
  percent: Type.Integer({ description: 'Of the work by the time that it takes; 100 only when it is complete.' }),
  queue_position: Type.Optional(
    Type.Integer({
      description: `Present while it waits for its turn: 1 is next, ${LAST_POSITION} any place behind the first ${LAST_POSITION - 1}.`,
    }),
  ),
  seconds_to_playable: Type.Optional(
    Type.Integer({ description: 'Estimated; 0: it plays. Absent: nobody can tell, or it never will.' }),
  ),
  seconds_to_complete: Type.Optional(Type.Integer({ description: 'Estimated. Absent: nobody can tell.' })),
  waiting_for: Type.Optional(WaitingFor),
  reason: Type.Optional(Type.String({ description: 'Why it failed.' })),
})

const toProgress = (assetId: string, progress: Standing): Static<typeof Progress> => {
  const { state, percent, secondsToPlayable, secondsToComplete, waitingFor, reason } = progress
  return {
    asset_id: assetId,
    ...{ state, percent },
    ...(waitingFor?.code === 'queue' && { queue_position: waitingFor.position }),
    ...(secondsToPlayable !== undefined && { seconds_to_playable: secondsToPlayable }),
    ...(secondsToComplete !== undefined && { seconds_to_complete: secondsToComplete }),
    ...(waitingFor && { waiting_for: toWaitingFor(waitingFor) }),
    ...(reason !== undefined && { reason }),
  }
}

const toWaitingFor = (waiting: NonNullable<Standing['waitingFor']>): Static<typeof WaitingFor> => ({
  code: waiting.code,
  text: describeWaiting(waiting),
  ...('nextTryAt' in waiting && { next_try_at: waiting.nextTryAt.toISOString() }),
  ...('reason' in waiting && waiting.reason !== undefined && { reason: waiting.reason }),
})

export const showAssetProgress = defineOperation({
  ...shared,
  id: 'showAssetProgress',
  method: 'GET',
  path: PATH,
  summary: 'How far the work for an asset is, how long it will take, and what it waits for.',
  query: Type.Object({ asset_id: AssetIdText }),
  reply: Progress,
  async handle({ query: { asset_id: id } }, { core, projectId }) {
    return toProgress(id, await core.progress.show(projectId, id))
  },
})

export const followAssetProgress = defineOperation({
  ...shared,
  id: 'followAssetProgress',
  method: 'GET',
  path: `${PATH}/events`,
  summary:
    'The same as server-sent events: `progress` with each change, at most once a second, and `end` with the last one; then it is complete, failed or deleted.',
  query: Type.Object({ asset_id: AssetIdText }),
  reply: eventsOf(Progress),
  async handle({ query: { asset_id: id } }, { core, projectId, signal }) {
    return toEvents(id, await core.progress.follow(projectId, id, signal))
  },
})

async function* toEvents(
  id: string,
  changes: AsyncIterable<Standing>,
): AsyncGenerator<ServerSentEvent<Static<typeof Progress>>> {
  for await (const one of changes) yield { event: isFinal(one) ? 'end' : 'progress', data: toProgress(id, one) }
}

export const PROGRESS_OPERATIONS: readonly AnyOperation[] = [showAssetProgress, followAssetProgress]
