import { checkLadder } from '../packaging/check-ladder.ts'
import { boundaries, checkTrack } from '../packaging/check-track.ts'
import type { TrackEnd } from '../packaging/gops.ts'
import { sealedBytes } from '../packaging/segment-cipher.ts'
import type { ObjectStore } from '../shared/object-store.ts'
import { PermanentFailure, SuspectFailure } from '../shared/task.ts'
import { cascadesOf } from './cascades.ts'
import {
  type EncodedLadder,
  type LadderTarget,
  type LadderTrack,
  runsWith,
  trackName,
  tracksOf,
} from './encode-ladder.ts'
import type { EncodePlan } from './encode-plan.ts'
import type { MediaTool } from './ports.ts'
import { INIT_FILE, type StoredTrack } from './store-track.ts'

interface VerifyDeps {
  readonly media: Pick<MediaTool, 'decode'>
  readonly store: Pick<ObjectStore, 'list' | 'remove'>
}

/** How much earlier something may end than the header says: tracks seldom end together. */
const SAME_END_SECONDS = 1.5
/** Of all of it, to call the source damaged for that: headers count subtitles and other tracks that nobody copies, too. */
const SAME_END_SHARE = 0.95

/**
 * Nothing counts before this passed: frame counts equal on rungs that show the same, and to what was encoded, no gap in the times, beginning
 * and end of every rendition decodable, every file in the store with the right size. Throws with the first findings.
 */
export const verifyLadder = async (
  { media, store }: VerifyDeps,
  ladder: EncodedLadder,
  { bucket, playFolder, signal }: Pick<LadderTarget, 'bucket' | 'playFolder'> & { readonly signal: AbortSignal },
): Promise<void> => {
  const tracks = tracksOf(ladder)
  requireSteady(ladder)
  if (ladder.video.some(({ showsAll }) => !showsAll)) throw new PermanentFailure(HIDDEN_PICTURES)
  const findings = checkNumbers(ladder)
  for (const { of, track } of tracks) {
    for (const run of runsWith(ladder, of)) {
      const isSealed = ladder.keyUri !== undefined && run === ladder.runs.hls
      const folder = `${playFolder}${trackName(run, of)}/`
      findings.push(...(await checkFiles(store, track, { bucket, folder, isSealed, signal })))
    }
  }
  if (findings.length > 0) throw unverified(findings.slice(0, 5).join(' '))
  await Promise.all(tracks.map((one) => verifyEnds(media, ladder.plan, { ...one, signal })))
}

/** Beginning and end of a track decode. Of one that was joined of chunks there are none: each chunk's were decoded when it was made. */
export const verifyEnds = async (
  media: VerifyDeps['media'],
  plan: EncodePlan,
  { of, track, signal }: LadderTrack & { readonly signal: AbortSignal },
): Promise<void> => {
  if (track.ends.length === 0) return
  for (const { ends, how, isCounted } of piecesOf(plan, { of, track })) {
    const decoded = await media.decode([track.init.bytes, ...ends.map(({ bytes }) => bytes)], signal, how)
    if (decoded === 0) throw unverified(`${track.name} does not decode.`)
    const frames = ends.reduce((sum, end) => sum + (end.frames ?? 0), 0)
    if (isCounted && decoded !== frames) {
      throw unverified(`${track.name} decodes to ${decoded} of ${frames} pictures at its ends.`)
    }
  }
}

interface EndPiece {
  readonly ends: readonly TrackEnd[]
  readonly how: 'strict' | 'tolerant'
  /** Each packet is a picture: not so of sound, nor of what others have encoded. */
  readonly isCounted: boolean
}

/** What is decoded together. The last group of a source may be an open one, whose first pictures need some of the one before. */
const piecesOf = ({ rungs, sounds }: EncodePlan, { of, track: { ends } }: LadderTrack): readonly EndPiece[] => {
  // The first frame of an MP3 that was cut out of another one needs bits of a frame that is gone.
  if (of.type === 'audio') {
    return [{ ends, how: sounds[of.sound]?.copied ? 'tolerant' : 'strict', isCounted: false }]
  }
  if (!rungs[of.rung]?.copied) return [{ ends, how: 'strict', isCounted: true }]
  return ends.map((end, n) => ({ ends: [end], how: n === 0 ? 'strict' : 'tolerant', isCounted: false }))
}

/** Each track has one header, and players decode all of it by that. */
const requireSteady = ({ video, report }: EncodedLadder): void => {
  const changes = [
    ...[report, ...video].map(({ changesAtSeconds: at }) => ({ what: 'picture', at })),
    { what: 'sound', at: report.soundChangesAtSeconds },
  ].flatMap(({ what, at }) => (at === undefined ? [] : [{ what, at }]))
  const [first] = changes.toSorted((a, b) => a.at - b.at)
  if (!first) return
  throw new PermanentFailure(
    `the source changes the parameters of its ${first.what} at ${first.at.toFixed(1)} s; choose a group that transcodes`,
  )
}

/** Of what is copied alone; players show a stream of segments from its first picture on, or leave a gap there. */
const HIDDEN_PICTURES =
  'an edit list hides the first pictures of the source, which only an encode can leave out; choose a group that transcodes'

/** Encoding again is dear, and the same encoder mostly gives the same result. */
export const unverified = (findings: string): SuspectFailure =>
  new SuspectFailure(`the renditions did not pass their check: ${findings}`)

/** How a note on damage begins. */
export const DAMAGED = 'Source damaged: '

/** Plain sentences for what a viewer should know: damage that was passed over, a picture or sound that ends early, another codec. */
export const sourceNote = (ladder: EncodedLadder): string | undefined =>
  [...(cutOffNote(ladder) ?? [damageNote(ladder), endNote(ladder)]), ladder.plan.note]
    .filter((note) => note !== undefined)
    .join('. ') || undefined

const announcedSeconds = ({ media }: EncodePlan): number => media.durationMs / 1000

const endOf = (track: StoredTrack): number => boundaries(track).at(-1) ?? 0

const cutOffNote = ({ plan, video, sounds }: EncodedLadder): readonly [string] | undefined => {
  // What is not wanted nobody saw: it may reach the end.
  const isWhole =
    (sounds.length > 0 || plan.media.audio === undefined) && (video.length > 0 || plan.media.video === undefined)
  const announced = announcedSeconds(plan)
  const end = Math.max(...[...video, ...sounds].map(endOf))
  if (!isWhole || end >= announced * SAME_END_SHARE || end >= announced - SAME_END_SECONDS) return
  const [ends, says] = [end, announced].map((seconds) => seconds.toFixed(1))
  return [`${DAMAGED}it ends after ${ends} s, although it says that it lasts ${says} s`]
}

const damageNote = ({ plan, report }: EncodedLadder): string | undefined => {
  if (plan.tolerant && report.complaints[0] !== undefined) return `${DAMAGED}${report.complaints[0]}`
  // Nobody saw damage in the source then: what ended the first try may be ours.
  if (plan.strictFailure === undefined) return
  return `A first encode ended early, a second one that passes over errors did not (${plan.strictFailure})`
}

/** Sound beside a picture may end when it likes: what the source's own lasts, nobody knows. */
const endNote = ({ plan, video, sounds }: EncodedLadder): string | undefined => {
  const [what, tracks] =
    video.length > 0 || plan.media.video !== undefined ? (['picture', video] as const) : (['sound', sounds] as const)
  const announced = announcedSeconds(plan)
  const end = Math.min(...tracks.map(endOf))
  if (end >= announced - SAME_END_SECONDS) return
  return `The ${what} ends after ${end.toFixed(1)} of ${announced.toFixed(1)} s`
}

/** The encoder fills a late sound with silence, the packager holds a late picture's first frame. */
const FROM_ZERO = { startSeconds: 0, toleranceSeconds: 0.001 }

/** What is copied begins when it does: its decode times say so. */
const WHENEVER = { startSeconds: 0, toleranceSeconds: Number.POSITIVE_INFINITY }

const checkNumbers = ({ plan, video, sounds, report }: EncodedLadder): string[] => {
  const cascades = cascadesOf(plan.rungs).map((cascade) => cascade.flatMap((n) => video[n] ?? []))
  // FFmpeg counts the frames of the first rung that is encoded, and of no other.
  const [counted = []] = cascades
  return [
    ...video.flatMap((track) =>
      checkTrack(track, { ...FROM_ZERO, ...(counted.includes(track) && { samples: report.frames }) }),
    ),
    ...sounds.flatMap((track, n) => checkTrack(track, plan.sounds[n]?.copied ? WHENEVER : FROM_ZERO)),
    ...cascades
      .flat()
      .flatMap(({ name, independent }) => (independent ? [] : [`${name} has segments that do not begin anew.`])),
    // Sound and picture of a source may end apart by any length; only rungs of the same frames must agree exactly.
    ...cascades.flatMap(checkLadder),
  ]
}

interface CheckedFolder {
  readonly bucket: string
  readonly folder: string
  readonly isSealed: boolean
  readonly signal: AbortSignal
}

const WRITTEN = /\/(?:init\.mp4|\d{5,7}\.(?:m4s|mp3))$/

/** Also removes what the strict encode of the same try left in the folder, which may have come further than the tolerant one. */
const checkFiles = async (
  store: VerifyDeps['store'],
  track: StoredTrack,
  { bucket, folder, isSealed, signal }: CheckedFolder,
): Promise<readonly string[]> => {
  const stored = (sizeBytes: number) => (isSealed ? sealedBytes(sizeBytes) : sizeBytes)
  const missing = new Map(track.segments.map(({ file, sizeBytes }) => [folder + file, stored(sizeBytes)]))
  missing.set(folder + INIT_FILE, track.init.bytes.length)
  const surplus: string[] = []
  const findings: string[] = []
  for await (const { key, sizeBytes } of store.list(bucket, folder, signal)) {
    const expected = missing.get(key)
    // In a tenant's bucket anything else is theirs.
    if (expected === undefined && WRITTEN.test(key)) surplus.push(key)
    if (expected !== undefined && expected !== sizeBytes) {
      findings.push(`${track.name}: a stored file has another size than was written.`)
    }
    missing.delete(key)
  }
  if (surplus.length > 0) await store.remove(bucket, surplus, signal)
  return missing.size === 0 ? findings : [...findings, `${track.name}: ${missing.size} files are not in the store.`]
}
