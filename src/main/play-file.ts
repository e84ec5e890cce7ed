import { extname, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { Static, TSchema } from 'typebox'
import { Check } from 'typebox/value'
import { ApiRefusal, type CallApi, createApiClient, isUnanswered } from '../cli/api-client.ts'
import { AUDIO_TYPES, VIDEO_TYPES } from '../core/catalog/video-type.ts'
import { showAssetProgress } from '../native/progress.ts'
import { listAssetList } from '../wire/catalog/list-asset-list.ts'
import { publishAssetFromObs } from '../wire/ingest/publish-asset-from-obs.ts'
import type { Operation } from '../wire/operation.ts'
import type { Config } from './config.ts'
import { readCredentials } from './credentials.ts'
import { firstLineOf } from './first-line.ts'
import { putIntoBucket } from './put-into-bucket.ts'

interface PlayFileOptions {
  readonly config: Config
  readonly file: string
  readonly publicUrl: string
  readonly signal: AbortSignal
  readonly print: (line: string) => void
}

/** Where `telecine start FILE` puts files: a bucket like any other. */
const BUCKET = 'my-videos'
const POLL_MS = 500
/** Of at most four bytes each: titles have 128. */
const MAX_TITLE_CHARACTERS = 30

/**
 * What a user does by hand, for one file: into a bucket, authorise the bucket, make an asset of the object. Prints `watch http://...` as soon as it can be
 * watched, which most films can at once, and how far the rest is; or why it never will.
 */
export const playFile = async (options: PlayFileOptions): Promise<void> => {
  try {
    await makePlayable(options)
  } catch (error) {
    const isRefused = error instanceof ApiRefusal
    if (options.signal.aborted || !(isRefused || isUnanswered(error))) throw error
    options.print(`${options.file} does not play: ${isRefused ? `${error.code}: ` : ''}${reasonOf(error)}`)
  }
}

const makePlayable = async ({ config, file, publicUrl, signal, print }: PlayFileOptions): Promise<void> => {
  const credentials = await readCredentials(config.dataDir)
  if (!credentials) throw new Error('credentials.json is not in the data folder')
  const object = await putIntoBucket(file, join(config.dataDir, 'buckets', BUCKET), signal)
  const { project_id: project, endpoint, access_key: access, secret_key: secret } = credentials
  const call = createApiClient({ endpoint, key: { access, secret }, signal })
  const insist = patiently(call, signal)
  await insist('PUT', `/v1.0/${project}/asset/authority`, { bucket: BUCKET, operation: '1' })
  const created = await call('POST', `/v1.0/${project}/asset/reproduction`, {
    title: titleOf(object),
    video_type: videoType(object),
    input: { bucket: BUCKET, location: config.region, object },
    template_group_name: 'system_template_group',
    auto_publish: 1,
  })
  const { asset_id: id } = answerOf(publishAssetFromObs, created)
  await follow({ id, object, call: insist, project, publicUrl, signal, print })
}

interface Followed extends Pick<PlayFileOptions, 'publicUrl' | 'signal' | 'print'> {
  readonly id: string
  readonly object: string
  /** Until somebody answers. */
  readonly call: CallApi
  readonly project: string
}

/** Until nothing more is to be done for the asset. */
const follow = async ({ id, object, call, project, publicUrl, signal, print }: Followed): Promise<void> => {
  const report = progressReporter((percent) => print(`preparing ${object}: ${percent} %`))
  let said: 'nothing' | 'wait' | 'watch' = 'nothing'
  for (;;) {
    const { assets } = answerOf(listAssetList, await call('GET', `/v1.0/${project}/asset/list?asset_id=${id}`))
    const end = endOf(assets[0])
    const playable = await isPlayable(call, id)
    if (said !== 'watch' && (playable || end?.type === 'done')) {
      print(`watch ${publicUrl}/watch/${id}`)
      said = 'watch'
    }
    if (end?.type === 'failed') {
      return print(`${object} ${playable ? 'has no other qualities' : 'does not play'}: ${end.reason}`)
    }
    if (end) return print(`prepared ${object}`)
    if (said === 'nothing') {
      print(`${object} does not play as it is, and is prepared first`)
      said = 'wait'
    }
    const progress = await call('GET', `/telecine/v1/${project}/assets/${id}/progress`)
    report(answerOf(showAssetProgress, progress).percent / 100)
    await delay(POLL_MS, undefined, { signal })
  }
}

type ListedAsset = Static<NonNullable<typeof listAssetList.reply>>['assets'][number]

const endOf = (
  asset: ListedAsset | undefined,
): { readonly type: 'done' } | { readonly type: 'failed'; readonly reason: string } | undefined => {
  if (asset?.transcode_status === 'TRANSCODE_SUCCEED') return { type: 'done' }
  if (asset?.asset_status === 'FAILED' || asset?.transcode_status === 'TRANSCODE_FAILED') {
    return { type: 'failed', reason: asset.exec_desc ?? '' }
  }
  // An audio file is not transcoded: its original plays.
  const isAudio = asset?.asset_status === 'PUBLISHED' && asset.duration_ms > 0
  return isAudio && asset.transcode_status === 'UN_TRANSCODE' ? { type: 'done' } : undefined
}

/** As its watch page has it. */
const isPlayable = async (call: CallApi, id: string): Promise<boolean> => {
  try {
    return (await call('GET', `/watch/${id}/state`))['state'] === 'playable'
  } catch (error) {
    if (error instanceof ApiRefusal && error.status === 404) return false
    throw error
  }
}

/** What `fetch` says itself is only that it failed. */
const reasonOf = (error: Error): string => firstLineOf(isUnanswered(error) ? (error.cause ?? error) : error)

/**
 * Asks again while nobody answers, or only a failure: the API may just be started again. What it refuses is refused. Only for
 * what may be done twice.
 */
const patiently =
  (call: CallApi, signal: AbortSignal): CallApi =>
  async (...request) => {
    for (;;) {
      try {
        return await call(...request)
      } catch (error) {
        const isPassing = isUnanswered(error) || (error instanceof ApiRefusal && error.status >= 500)
        if (!isPassing || signal.aborted) throw error
        await delay(POLL_MS, undefined, { signal })
      }
    }
  }

/** What came over the wire, held against what the operation says that it answers. */
const answerOf = <Query extends TSchema, Body extends TSchema, Reply extends TSchema>(
  { id, reply }: Operation<Query, Body, Reply>,
  answer: unknown,
): Static<Reply> => {
  if (reply === undefined || !Check(reply, answer))
    throw new Error(`the answer of ${id} has another form than it declares`)
  return answer
}

/** Says every tenth that is reached, each once. */
const progressReporter = (print: (percent: number) => void): ((share: number) => void) => {
  let said = -1
  return (share) => {
    const percent = Math.floor(share * 10) * 10
    if (percent > said) print(percent)
    said = Math.max(said, percent)
  }
}

/** Cut between characters: half of one is no text. */
const titleOf = (name: string): string => [...name].slice(0, MAX_TITLE_CHARACTERS).join('')

/** By the ending; what has none the contract knows is tried as MP4, because the probe looks at the bytes anyway. */
const videoType = (name: string): string => {
  const ending = extname(name).slice(1).toUpperCase()
  return [...VIDEO_TYPES, ...AUDIO_TYPES].find((type) => type === ending && type !== 'HLS') ?? 'MP4'
}
