import { type Asset, isTranscoding } from '../catalog/asset.ts'
import { isAudioType } from '../catalog/video-type.ts'
import { MOST_COUNTED, type Outlook, type StepOutlook } from '../shared/outlook.ts'
import { isAfterwards, isBeside, stepsToCome } from './kinds-of-work.ts'
import { secondsLeft, secondsToCome, shareDone } from './time-left.ts'

/** How far the work for an asset is. */
export interface Progress {
  readonly state: 'waiting' | 'running' | 'complete' | 'failed' | 'deleted'
  /** Whole number; 100 only of what is complete. */
  readonly percent: number
  /** Until something of it plays; 0: it does. Absent: nobody can tell, or it never will. */
  readonly secondsToPlayable?: number
  /** Until nothing is left to do. Absent: nobody can tell, or it never will be. */
  readonly secondsToComplete?: number
  /** Absent: it is being worked on, or nothing is left to do. */
  readonly waitingFor?: Waiting
  /** Why it failed. */
  readonly reason?: string
}

export type Waiting =
  /** The source is on its way; what follows needs it. */
  | { readonly code: 'transfer' }
  /** 1 is next; `LAST_POSITION` stands for all that are farther behind. */
  | { readonly code: 'queue'; readonly position: number }
  | { readonly code: 'no_worker' }
  /** `store_away`: what failed was the object store. */
  | { readonly code: 'retry' | 'store_away'; readonly reason?: string; readonly nextTryAt: Date }

export const LAST_POSITION = MOST_COUNTED + 1

export interface ProgressFacts {
  /** Read after the outlook: where the two disagree, it is the asset that is newer. */
  readonly asset: Asset
  /** Whether something of it plays already. */
  readonly playable: boolean
  readonly outlook: Outlook
  readonly now: Date
}

export const isFinal = ({ state }: Progress): boolean =>
  state === 'complete' || state === 'failed' || state === 'deleted'

export const progressOf = (facts: ProgressFacts): Progress => {
  const { asset, outlook } = facts
  const { ingest, transcode } = asset
  const steps = outlook.steps.filter(({ kind }) => !isAfterwards(kind))
  const open = steps.filter(({ endedAt }) => endedAt === undefined)
  const toCome = stepsToCome(asset, open)
  const percent = Math.min(99, Math.floor(100 * shareDone(steps, secondsToCome(facts, toCome))))
  const playable = facts.playable || (ingest.state === 'created' && transcode.state === 'none')
  const plays = playable ? { secondsToPlayable: 0 } : {}
  if (ingest.state === 'deleted') return { state: 'deleted', percent: 0 }
  if (ingest.state === 'failed') return { state: 'failed', percent, reason: ingest.reason }
  if (transcode.state === 'failed') return { state: 'failed', percent, ...plays, reason: transcode.reason }
  const isOpen = open.length > 0 || ingest.state === 'creating' || isTranscoding(asset)
  if (!isOpen) return { state: 'complete', percent: 100, ...plays, secondsToComplete: 0 }
  const stream = open.filter(({ kind }) => !isBeside(kind))
  const awaited = stream.length > 0 ? stream : open
  const waitingFor = waitingOf(facts, awaited)
  const toPlayable =
    stream.length > 0 && !mayPlayEarlier(asset)
      ? secondsLeft(
          facts,
          stream,
          toCome.filter((kind) => !isBeside(kind)),
        )
      : undefined
  const toComplete = secondsLeft(facts, open, toCome)
  return {
    state: runs(facts, awaited) ? 'running' : 'waiting',
    percent,
    ...(toPlayable !== undefined && { secondsToPlayable: toPlayable }),
    ...plays,
    ...(toComplete !== undefined && { secondsToComplete: toComplete }),
    ...(waitingFor && { waitingFor }),
  }
}

/** What the probe finds decides whether it has a preview, within seconds, or waits for its renditions, maybe for hours. */
const mayPlayEarlier = ({ media, published, publishWhenReady, videoType, transcodeSettings }: Asset): boolean =>
  media === undefined &&
  (published || publishWhenReady) &&
  transcodeSettings?.sourcePlayback !== false &&
  !isAudioType(videoType)

const runs = ({ outlook }: ProgressFacts, steps: readonly StepOutlook[]): boolean =>
  outlook.workers > 0 && steps.some(({ running }) => running > 0)

const waitingOf = (facts: ProgressFacts, steps: readonly StepOutlook[]): Waiting | undefined => {
  if (facts.outlook.workers === 0) return { code: 'no_worker' }
  if (runs(facts, steps)) {
    return steps.some(({ kind, running }) => running > 0 && isTransfer(kind)) ? { code: 'transfer' } : undefined
  }
  const places = steps.flatMap(({ queued }) => queued?.before ?? [])
  if (places.length > 0) return { code: 'queue', position: Math.min(...places) + 1 }
  const [retry] = steps.flatMap((step) => step.retry ?? []).toSorted((a, b) => a.at.getTime() - b.at.getTime())
  if (!retry) return
  // Its turn comes with the next slot.
  if (retry.at <= facts.now) return { code: 'queue', position: 1 }
  const { at, reason } = retry
  const code = reason?.includes('the object store') ? 'store_away' : 'retry'
  return { code, nextTryAt: at, ...(reason !== undefined && { reason }) }
}

const isTransfer = (kind: string): boolean => kind === 'transfer' || kind === 'adopt'
