import { type Asset, isTranscoding } from '../catalog/asset.ts'
import { plannedAudio, soundDefect } from '../catalog/audio-plan.ts'
import type { AssetFact } from '../catalog/fact.ts'
import type { AssetPatch } from '../catalog/ports.ts'
import { isReviewing } from '../catalog/review.ts'
import type { Step } from '../catalog/steps.ts'
import { textTracks } from '../catalog/subtitle-tracks.ts'
import { NO_SUBTITLES } from '../catalog/subtitles.ts'
import { untranscodable } from '../catalog/transcodable.ts'
import type { OutputFormat } from '../catalog/transcode-settings.ts'
import { isAudioType, isPlaylistType } from '../catalog/video-type.ts'
import { assertNever } from '../shared/assert-never.ts'
import {
  PURGES,
  releaseOf,
  type StepStart,
  SWEEPS,
  SWEEPS_BEHIND_VIEWERS,
  sweepMarks,
  sweepRetired,
} from './clean-up-steps.ts'
import { earlyStoryboardOf, lateStoryboardOf } from './storyboard-steps.ts'

/** What follows from a fact: a change of the asset, an asset to make of it, work to start, work to end. */
export interface Decision {
  readonly patch?: AssetPatch
  /** Of its sound; extracting it begins. */
  readonly extract?: Asset
  readonly start: readonly StepStart[]
  /** Ends what still runs or waits for this asset. */
  readonly cancelWork?: 'all' | readonly Step[]
}

/** What static hosts need: the indexes, and the cover that is a snapshot. */
const INDEX: StepStart = { step: 'index' }
const COVER: StepStart = { step: 'cover' }

/** Of what is published, or is about to be by the same fact. */
const preheatOf = ({ options, published, publishWhenReady }: Asset): readonly StepStart[] =>
  options.autoPreheat && (published || publishWhenReady) ? [{ step: 'preheat' }] : []

/** What encodes sees all of the film; a remux does not. */
const inspectionOf = ({ transcode, transcodeSettings, media }: Asset): readonly StepStart[] =>
  transcode.state === 'succeeded' && transcodeSettings?.remux && media?.video ? [{ step: 'inspect' }] : []

/** Where outputs are on their way, these bring it. */
const preheatNow = (asset: Asset): readonly StepStart[] => (isTranscoding(asset) ? [] : preheatOf(asset))

/**
 * What happens next to an asset. The only place that knows the order of things: capabilities say what happened, this says
 * what follows. `asset` is the state after the fact, read in the same transaction.
 */
export const decide = (asset: Asset, fact: AssetFact): Decision => {
  switch (fact.type) {
    case 'imported':
      return { start: [{ step: isPlaylistType(asset.videoType) ? 'adopt' : 'transfer' }] }
    case 'transferred':
      return {
        start: [{ step: 'probe' }, ...(mayTranscode(asset) ? [] : preheatOf(asset))],
        patch: afterTransfer(asset),
      }
    case 'published':
      return { start: preheatNow(asset) }
    case 'unpublished':
      return { start: PURGES }
    case 'adopted':
      return withSound(asset, afterAdoption(asset))
    case 'probed':
      return withSound(asset, afterSubtitles(asset, afterProbe(asset)))
    case 'transcode_ordered':
      return withSubtitles(asset, { start: [{ step: 'transcode' }] })
    case 'transcode_divided':
      return { start: [{ step: 'chunk', shared: { parts: fact.parts, next: 'join' } }] }
    case 'parts_unfit':
      return { start: [{ step: 'transcode', whole: true }] }
    case 'transcoded':
      return {
        start: [
          ...[INDEX, ...(fact.repeated ? SWEEPS : []), ...sweepMarks(asset), ...sweepRetired(asset)],
          ...[...preheatOf(asset), ...lateStoryboardOf(asset), ...inspectionOf(asset), ...releaseOf(asset)],
        ],
      }
    case 'transcode_cancelled':
      // It wrote nothing, but a sweep that came while it waited took whatever it saw for its own; and there may be a preview.
      return { start: [...SWEEPS, ...preheatOf(asset), ...lateStoryboardOf(asset)], cancelWork: ['transcode'] }
    case 'transcode_failed':
      // The preheating that waited for it: what plays is what there was before.
      return { start: [...SWEEPS, ...preheatOf(asset), ...lateStoryboardOf(asset)] }
    case 'extraction_ordered':
      return { start: [{ step: 'extract' }] }
    case 'ingest_failed':
      // To be published by itself, it could be played from its source.
      return {
        start: [...SWEEPS, ...(asset.publishWhenReady ? PURGES : [])],
        patch: afterIngestFailure(asset),
      }
    case 'encryption_requested':
      return { start: [{ step: 'rewrite' }] }
    case 'encryption_changed':
      return { start: [...SWEEPS, INDEX, ...sweepRetired(asset), ...preheatOf(asset)] }
    case 'subtitles_requested':
      return { start: [SUBTITLES] }
    case 'snapshots_ordered':
      return { start: [SNAPSHOTS] }
    case 'snapshots_made':
      return { start: [INDEX, ...SWEEPS_BEHIND_VIEWERS, ...preheatNow(asset)] }
    case 'cover_chosen':
      return { start: [INDEX, ...SWEEPS_BEHIND_VIEWERS] }
    case 'subtitles_changed':
      return withAwaitedReview(asset, [
        ...[INDEX, ...SWEEPS_BEHIND_VIEWERS, ...(isTranscoding(asset) ? [] : preheatOf(asset))],
      ])
    case 'subtitles_failed':
      return withAwaitedReview(asset, SWEEPS)
    case 'snapshots_failed':
      return { start: [...SWEEPS, ...missingCover(asset)] }
    case 'snapshots_removed':
    case 'encryption_failed':
    case 'extraction_failed':
    case 'review_failed':
    case 'source_removed':
      return { start: SWEEPS }
    case 'outputs_removed':
      return { start: [...SWEEPS, INDEX, ...preheatOf(asset)] }
    case 'cover_made':
      return afterSubtitles(asset, { start: [...reviewOfPicture(asset), ...preheatNow(asset)] })
    case 'cover_failed':
      return afterSubtitles(asset, { start: reviewOfPicture(asset) })
    case 'review_ordered':
      return afterSubtitles(asset, { start: [REVIEW] })
    case 'reviewed':
      return afterReview(asset)
    case 'review_judged':
      return { ...afterJudgement(asset), cancelWork: ['review'] }
    case 'extracted':
      return { start: [] }
    case 'work_cancelled':
      return { ...afterCancel(asset), cancelWork: 'all' }
    case 'deleted':
      return { start: [...SWEEPS, ...PURGES], cancelWork: 'all' }
    default:
      return assertNever(fact)
  }
}

/** Among what is cancelled may be what finished work left to do, and the snapshots that were to bring the cover. */
const afterCancel = (asset: Asset): Decision => ({
  start: [
    ...[...SWEEPS, INDEX, ...missingCover(asset), ...sweepRetired(asset), ...releaseOf(asset)],
    ...[...inspectionOf(asset), ...lateStoryboardOf(asset), ...(asset.published ? [] : PURGES)],
  ],
})

/** Publishing follows the verified transfer and does not wait for the transcode (decisions.md 5.1), which now waits for the probe. */
const afterTransfer = (asset: Asset): AssetPatch => ({
  ...(asset.publishWhenReady && { published: true }),
  ...(mayTranscode(asset) && { transcode: { state: 'waiting' } }),
  ...(asset.snapshots.state === 'wanted' && {
    snapshots: isAudioType(asset.videoType) ? NO_SNAPSHOTS_OF_AUDIO : { ...asset.snapshots, state: 'running' },
  }),
  ...reviewBegun(asset),
})

/** A person blocked it, or it was never asked to wait: then nothing is published by a review. */
const afterReview = (asset: Asset): Decision => {
  const { review, ingest } = asset
  const isToPublish =
    review?.state === 'passed' && review.order?.settings.publishOnPass === true && ingest.state === 'created'
  if (!isToPublish) return { start: SWEEPS_BEHIND_VIEWERS }
  return { start: [...SWEEPS_BEHIND_VIEWERS, ...preheatNow({ ...asset, published: true })], patch: { published: true } }
}

const afterJudgement = (asset: Asset): Decision => {
  const { start, ...decision } = afterReview(asset)
  return { ...decision, start: [...start, ...(asset.review?.state === 'blocked' ? PURGES : [])] }
}

const mayTranscode = ({ videoType, transcodeSettings }: Asset): boolean =>
  transcodeSettings !== undefined && untranscodable(videoType, transcodeSettings) === undefined

/** A probe may have failed: what is no media file has no transcode and no snapshots to wait for. */
const afterIngestFailure = ({ transcode, snapshots, review }: Asset): AssetPatch => ({
  ...(transcode.state === 'waiting' && { transcode: { state: 'none' } }),
  ...(snapshots.state === 'running' && { snapshots: { state: 'none' } }),
  ...(review?.state === 'running' && { review: null }),
})

const reviewBegun = ({ review }: Asset): AssetPatch =>
  review?.state === 'wanted' ? { review: { ...review, state: 'running' } } : {}

const NO_SNAPSHOTS_OF_AUDIO = { state: 'none', note: 'Audio files have no snapshots' } as const

const afterProbe = (asset: Asset): Decision => {
  const stills = withReview(asset, stillsOf(asset))
  if (!asset.transcodeSettings) return stills
  const reason = untranscodable(asset.videoType, asset.transcodeSettings)
  if (reason !== undefined) {
    const note = asset.transcodeSettings.encrypt ? `${reason} and stay clear` : reason
    return { start: stills.start, patch: { ...stills.patch, transcode: { state: 'none', note } } }
  }
  // Cancelled before the probe was through.
  if (asset.transcode.state !== 'waiting') return stills
  return withSubtitles(asset, { ...stills, start: [...stills.start, { step: 'transcode' }] })
}

/** A workflow asked for it. Where there is none, the workflow's results say so. */
const withSound = (asset: Asset, decision: Decision): Decision => {
  const plan = asset.workflow?.audio
  if (!plan || soundDefect(asset) !== undefined) return decision
  return { ...decision, extract: plannedAudio(asset, plan, asset.modifiedAt) }
}

/** The source's own, once for each asset; mostly before its streams are there, because a transcode takes longer. */
const withSubtitles = (asset: Asset, { start, patch }: Decision): Decision => {
  const { media, subtitles, nextTranscode, transcodeSettings } = asset
  const { outputs = [] } = nextTranscode?.settings ?? transcodeSettings ?? {}
  const isStreamed = outputs.some(({ format }) => STREAMED.includes(format))
  const isDone = subtitles?.extracted || subtitles?.change
  if (isDone || !isStreamed || !media || isPlaylistType(asset.videoType) || textTracks(media).length === 0) {
    return { start, ...(patch && { patch }) }
  }
  return {
    start: [SUBTITLES, ...start],
    patch: { ...patch, subtitles: { ...NO_SUBTITLES, ...subtitles, change: { type: 'extract' } } },
  }
}

const STREAMED: readonly OutputFormat[] = ['HLS', 'DASH', 'DASH_HLS']
const SUBTITLES: StepStart = { step: 'subtitles' }

/** Where snapshots are made, one of them is the cover. */
const stillsOf = (asset: Asset): Decision => {
  const { snapshots, media } = asset
  const isWanted = snapshots.state === 'running'
  if (media?.video) return { start: [...(isWanted ? [SNAPSHOTS] : coverOf(asset)), ...earlyStoryboardOf(asset)] }
  if (!isWanted) return { start: coverOf(asset) }
  return { start: coverOf(asset), patch: { snapshots: { ...snapshots, state: 'failed', reason: NO_MOVING_PICTURE } } }
}

/** Whoever looked through a stream has made its cover, or could not. */
const afterAdoption = (asset: Asset): Decision => {
  const { publishWhenReady, snapshots, media } = asset
  const isWanted = snapshots.state === 'wanted'
  const isFilm = media?.video !== undefined
  return {
    start: [
      ...(isWanted && isFilm ? [SNAPSHOTS] : []),
      ...earlyStoryboardOf(mayTranscode(asset) ? { ...asset, transcode: { state: 'waiting' } } : asset),
      ...(mayTranscode(asset) ? [{ step: 'transcode' } as const] : []),
      ...preheatOf(asset),
      ...(asset.review?.state === 'wanted' ? [REVIEW] : []),
    ],
    patch: {
      ...(publishWhenReady && { published: true }),
      ...(mayTranscode(asset) && { transcode: { state: 'waiting' } }),
      ...(isWanted && {
        snapshots: isFilm
          ? { ...snapshots, state: 'running' }
          : { ...snapshots, state: 'failed', reason: NO_MOVING_PICTURE },
      }),
      ...reviewBegun(asset),
    },
  }
}

/** Behind the cover in its queue. All that can be seen of a sound file is its cover, so its review waits for that. */
const withReview = (asset: Asset, { start, ...decision }: Decision): Decision => {
  const begins = isReviewing(asset) && (asset.media?.video !== undefined || coverOf(asset).length === 0)
  return { ...decision, start: [...start, ...(begins ? [REVIEW] : [])] }
}

/** Their words count, so a review waits for subtitles that are on their way. */
const afterSubtitles = (asset: Asset, { start, ...decision }: Decision): Decision => {
  const { review } = asset
  const isAwaited = (decision.patch?.subtitles ?? asset.subtitles)?.change !== undefined && start.includes(REVIEW)
  if (!isAwaited || review?.state !== 'running') return { ...decision, start }
  const patch: AssetPatch = { ...decision.patch, review: { ...review, awaitsSubtitles: true } }
  return { ...decision, start: start.filter((one) => one !== REVIEW), patch }
}

/** Also where there are none after all. */
const withAwaitedReview = ({ review }: Asset, start: readonly StepStart[]): Decision => {
  if (review?.state !== 'running' || !review.awaitsSubtitles) return { start }
  return { start: [...start, REVIEW], patch: { review: { state: 'running', order: review.order } } }
}

const reviewOfPicture = (asset: Asset): readonly StepStart[] =>
  isReviewing(asset) && asset.media?.video === undefined ? [REVIEW] : []

const REVIEW: StepStart = { step: 'review' }
const SNAPSHOTS: StepStart = { step: 'snapshots' }
const NO_MOVING_PICTURE = 'The source has no moving picture'

const missingCover = (asset: Asset): readonly StepStart[] => (asset.cover === undefined ? coverOf(asset) : [])

const coverOf = ({ media }: Asset): readonly StepStart[] =>
  media?.video !== undefined || media?.pictureStream !== undefined ? [COVER] : []
