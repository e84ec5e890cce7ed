import { type Asset, isTranscoding } from '../catalog/asset.ts'
import { isDivided } from '../catalog/divisible.ts'
import { hasLateStoryboard } from '../catalog/late-storyboard.ts'
import type { Step } from '../catalog/steps.ts'
import { untranscodable } from '../catalog/transcodable.ts'
import { isAudioType } from '../catalog/video-type.ts'
import type { StepOutlook } from '../shared/outlook.ts'

// Kinds that are not named here bring the stream: so does each one that is new.
const INTAKE: ReadonlySet<string> = new Set<Step>(['transfer', 'adopt', 'probe'])
const BESIDE: ReadonlySet<string> = new Set<Step>(['cover', 'snapshots', 'storyboard', 'review', 'subtitles', 'index'])
const AFTERWARDS: ReadonlySet<string> = new Set<Step>(['inspect', 'sweep', 'purge', 'release', 'preheat'])

/** Nobody needs it for playing. */
export const isBeside = (kind: string): boolean => BESIDE.has(kind)

/** Nobody waits for it: it comes late on purpose, or depends on machines that are not ours. */
export const isAfterwards = (kind: string): boolean => AFTERWARDS.has(kind)

/** What follows from the open steps and was not started yet, because it depends on what they find. */
export const stepsToCome = (asset: Asset, open: readonly StepOutlook[]): readonly Step[] => {
  const isOnItsWay = open.some(({ kind }) => INTAKE.has(kind) && kind !== 'probe')
  const isEncoding = open.some(({ kind }) => !INTAKE.has(kind) && !isBeside(kind))
  const isWanted = isOnItsWay ? mayTranscode(asset) : isTranscoding(asset)
  return [
    ...(open.some(({ kind }) => kind === 'transfer') ? (['probe'] as const) : []),
    ...(isWanted && !isEncoding ? (['transcode'] as const) : []),
    ...(isWanted && isDivided(asset) && !open.some(({ kind }) => kind === 'chunk' || kind === 'join')
      ? (['chunk'] as const)
      : []),
    ...(isWanted && hasLateStoryboard(asset) && isFilm(asset) ? (['storyboard'] as const) : []),
  ]
}

/** Until it was probed, its name tells. */
const isFilm = ({ media, videoType }: Asset): boolean => (media ? media.video !== undefined : !isAudioType(videoType))

const mayTranscode = ({ videoType, transcodeSettings }: Asset): boolean =>
  transcodeSettings !== undefined && untranscodable(videoType, transcodeSettings) === undefined
