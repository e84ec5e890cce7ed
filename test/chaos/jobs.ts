import { ApiRefusal } from '../../src/cli/api-client.ts'
import { pause } from '../../src/engine/pause.ts'
import { until } from '../support/until.ts'
import type { Random } from './random.ts'
import { BUCKET, type Site } from './site.ts'
import { LONG, PLAYLIST, SHORT, WRONG } from './sources.ts'

/** What one customer does, and what must come of it. */
export interface Kind {
  readonly name: string
  /** What the call says beyond the usual. */
  readonly asks: Readonly<Record<string, unknown>>
  /** `asset_status transcode_status` in the end; several where a race decides. */
  readonly ends: readonly string[]
  /** Frames of each stream, if it has any. */
  readonly frames?: number
  /** How many of each event; absent: a race decides. */
  readonly events?: Readonly<Record<string, number>>
  /** In the middle, at any moment. */
  readonly later?: (made: Made) => Promise<void>
}

interface Made {
  readonly site: Site
  readonly id: string
}

export interface Job {
  readonly kind: Kind
  readonly id: string
}

const DONE = ['PUBLISHED TRANSCODE_SUCCEED']
const MADE = { createComplete: 1, coverComplete: 1, transcodeComplete: 1 }
const source = (key: string) => ({ input: { bucket: BUCKET, object: key, location: 'cn-north-4' } })
const GROUP = 'small'
const LATEST_MS = 1_800_000
const AUDIO = { sample_rate: 1, channels: 1, bitrate: 32 }

const PLAIN: Kind = {
  name: 'system group',
  asks: { ...source(SHORT.key), template_group_name: 'system_template_group' },
  ends: DONE,
  frames: SHORT.frames,
  events: MADE,
}

const OWN = { ...source(SHORT.key), template_group_name: GROUP }

const KINDS: readonly Kind[] = [
  PLAIN,
  { ...PLAIN, name: 'chunks', asks: { ...source(LONG.key), template_group_name: GROUP }, frames: LONG.frames },
  { ...PLAIN, name: 'DASH and MP4', asks: OWN },
  { ...PLAIN, name: 'encrypted', asks: { ...PLAIN.asks, auto_encrypt: 1 } },
  {
    ...PLAIN,
    name: 'thumbnails',
    asks: { ...OWN, thumbnail: { type: 'time', time: 1, cover_position: 1 } },
    events: { createComplete: 1, thumbnailComplete: 1, transcodeComplete: 1 },
  },
  {
    name: 'wrong file',
    asks: { ...source(WRONG.key), template_group_name: 'system_template_group' },
    ends: ['FAILED UN_TRANSCODE'],
    events: { createComplete: 1 },
  },
  {
    name: 'deleted',
    asks: OWN,
    ends: ['DELETED UN_TRANSCODE', 'DELETED TRANSCODE_SUCCEED', 'DELETED TRANSCODE_FAILED'],
    later: cancelAndDelete,
  },
  {
    name: 'cancelled',
    asks: OWN,
    ends: [...DONE, 'PUBLISHED TRANSCODE_FAILED', 'FAILED UN_TRANSCODE', 'FAILED TRANSCODE_FAILED'],
    later: cancelWork,
  },
  {
    name: 'HLS as it lies',
    asks: { ...source(PLAYLIST.key), video_type: 'HLS', storage_mode: 1, output_bucket: BUCKET, output_path: '/show' },
    ends: ['PUBLISHED UN_TRANSCODE'],
  },
  // How many transcodes that were is open: a call whose answer was lost is made again.
  { name: 'transcoded again', asks: OWN, ends: DONE, frames: SHORT.frames, later: transcodeAgain },
]

/** With a review, whose models take seconds of a processor. */
const reviewed = (template: string): Kind => ({
  ...PLAIN,
  name: 'review',
  asks: { ...OWN, review: { template_id: template } },
  events: { ...MADE, reviewComplete: 1 },
})

async function cancelWork({ site, id }: Made): Promise<void> {
  await site.client.call('POST', '/telecine/v1/PROJECT/assets/cancel', { asset_id: id })
}

/** What is being worked on cannot be deleted. */
async function cancelAndDelete(made: Made): Promise<void> {
  await cancelWork(made)
  await made.site.client.call('DELETE', `/v1.0/PROJECT/asset?asset_id=${made.id}`)
}

async function transcodeAgain({ site, id }: Made): Promise<void> {
  const body = { asset_id: id, template_group_name: GROUP }
  await until(
    'it can be transcoded again',
    async () => {
      if ((await site.client.stateOf(id)) !== DONE[0]) return false
      try {
        return await site.client.call('POST', '/v1.0/PROJECT/asset/process', body)
      } catch (error) {
        // Refused while a transcode runs: the one that an earlier call began.
        if (error instanceof ApiRefusal) return true
        throw error
      }
    },
    LATEST_MS,
  )
}

/** Also for the group that some of them name. */
export const kindsOn = async (
  site: Site,
  { withReview }: { readonly withReview: boolean },
): Promise<readonly Kind[]> => {
  const video = { quality: 'SD', width: 96, height: 56, bitrate: 60 }
  await site.client.call('POST', '/v1.0/PROJECT/asset/template_group/transcodings', {
    ...{ name: GROUP, type: 'custom_template_group', common: { pvc: '0', hls_interval: 5 } },
    quality_info_list: ['DASH_HLS', 'MP4'].map((format) => ({ format, video, audio: AUDIO })),
  })
  if (!withReview) return KINDS
  const { templates } = Object(await site.client.call('GET', '/telecine/v1/PROJECT/review-templates'))
  return [...KINDS, reviewed(templates[0].template_id)]
}

interface Making {
  readonly kind: Kind
  readonly number: number
  readonly random: Random
  readonly signal: AbortSignal
}

/** From the call to what the customer does later. */
export const runJob = async (site: Site, { kind, number, random, signal }: Making): Promise<Job> => {
  const latenessMs = random.between(0, 4_000)
  const id = await site.client.create({
    ...{ title: `job ${number}: ${kind.name}`, video_type: 'MP4', auto_publish: 1 },
    ...kind.asks,
  })
  if (kind.later) {
    await pause(latenessMs, signal)
    await kind.later({ site, id })
  }
  return { kind, id }
}
