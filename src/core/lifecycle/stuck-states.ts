import { isTranscoding } from '../catalog/asset.ts'
import type { Step } from '../catalog/steps.ts'
import type { AssetRecord } from './audit-ports.ts'

interface Wait {
  readonly state: string
  readonly isWaiting: boolean
  /** The work that ends it, or leads to what does, as `decide` has it. */
  readonly endedBy: readonly Step[]
}

/** What of an asset waits for work that does not exist. */
export const stuckStates = ({ asset, openWork }: AssetRecord): readonly string[] => {
  const { ingest, snapshots, review, encryption, subtitles } = asset
  if (ingest.state === 'deleted' || ingest.state === 'failed') return []
  const arrival: readonly Step[] = ['transfer', 'adopt', 'extract', 'probe']
  const waits: readonly Wait[] = [
    { state: 'ingest', isWaiting: ingest.state === 'creating', endedBy: arrival },
    { state: 'transcode', isWaiting: isTranscoding(asset), endedBy: [...arrival, 'transcode', 'chunk', 'join'] },
    { state: 'snapshots', isWaiting: isBegun(snapshots.state), endedBy: [...arrival, 'snapshots'] },
    { state: 'review', isWaiting: isBegun(review?.state), endedBy: [...arrival, 'cover', 'subtitles', 'review'] },
    { state: 'encryption', isWaiting: encryption?.change !== undefined, endedBy: ['rewrite'] },
    { state: 'subtitles', isWaiting: subtitles?.change !== undefined, endedBy: ['subtitles'] },
  ]
  return waits
    .filter(({ isWaiting, endedBy }) => isWaiting && !endedBy.some((step) => openWork.includes(step)))
    .map(({ state }) => state)
}

const isBegun = (state: string | undefined): boolean => state === 'wanted' || state === 'running'
