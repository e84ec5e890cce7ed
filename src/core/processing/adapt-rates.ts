import type { VideoCodec } from '../catalog/transcode-settings.ts'
import { chooseShare, FIRST_SHARE, type Measured, nextShare, type Trial } from './choose-share.ts'
import { type EncodePlan, type Span, type VideoRung, withNote } from './encode-plan.ts'
import { MediaFailure, type MediaTool, type PinnedSource } from './ports.ts'
import { sampleSpans } from './sample-spans.ts'

interface Search {
  readonly media: Pick<MediaTool, 'abilities' | 'encode' | 'compare' | 'keyframeGap'>
  readonly source: PinnedSource
  readonly plan: EncodePlan
  readonly signal: AbortSignal
}

/**
 * The plan with as few bits as look the same: samples of the source are encoded with the group's own rates and twice with more effort
 * and less rate, and each rung gets the share of its rate that comes as near to the source as all of it does.
 */
export const adaptRates = async (search: Search): Promise<EncodePlan> => {
  const { media, plan } = search
  if (plan.rungs.length === 0) return plan
  if (sampleBytes(plan) > MOST_SAMPLE_BYTES) return withNote(plan, NOT_MEASURED)
  if (!media.abilities.vmaf) return withNote(plan, NO_VMAF)
  try {
    if (await isSparse(search)) return withNote(plan, TOO_SPARSE)
    return { ...plan, rungs: await adapted(search) }
  } catch (error) {
    // Then the encode says what is wrong, or gets past it.
    if (error instanceof MediaFailure && (error.permanent || error.suspect || error.killed))
      return withNote(plan, NOT_MEASURED)
    throw error
  }
}

/** A sample is decoded from the keyframe before it, each time anew. Beyond this the search could take longer than the encode. */
const MOST_GAP_SECONDS = 20

const isSparse = async ({ media, source, plan, signal }: Search): Promise<boolean> => {
  const gap = await media.keyframeGap(source, plan.media, signal)
  return Math.min(gap, plan.media.durationMs / 1000) > MOST_GAP_SECONDS
}

/** They are held in memory. The usual ladder comes to 15 MB; groups of several outputs at tens of Mbit/s are beyond it. */
const MOST_SAMPLE_BYTES = 256 << 20

const sampleBytes = ({ rungs, media }: EncodePlan): number => {
  const kbps = rungs.reduce((sum, { bitrateKbps }) => sum + 1.5 * bitrateKbps, 0)
  return (kbps * 1000 * lengthOf(sampleSpans(media.durationMs))) / 8
}

const lengthOf = (spans: readonly Span[]): number => spans.reduce((sum, { seconds }) => sum + seconds, 0)

const NO_VMAF = 'Bit rates are those of the template group: FFmpeg cannot compare pictures here (it has no libvmaf)'
const TOO_SPARSE =
  'Bit rates are those of the template group: the keyframes of the source are too far apart for samples'
const NOT_MEASURED = 'Bit rates are those of the template group: samples of the source could not be compared'

const adapted = async (search: Search): Promise<readonly VideoRung[]> => {
  const { rungs, videoCodec } = search.plan
  const references = await measure(search, rungs)
  const attempt = async (shares: readonly number[]): Promise<readonly Trial[]> => {
    const measured = await measure(
      search,
      rungs.map((rung, n) => sparingRung(videoCodec, rung, at(shares, n))),
    )
    return measured.map((one, n) => ({ ...one, share: at(shares, n) }))
  }
  const first = await attempt(rungs.map(() => FIRST_SHARE))
  const second = await attempt(rungs.map((_, n) => nextShare(at(references, n), at(first, n))))
  return rungs.map((rung, n) => {
    const own = { reference: at(references, n), rungKbps: rung.bitrateKbps }
    return sparingRung(videoCodec, rung, chooseShare(own, [at(first, n), at(second, n)]))
  })
}

/** More effort saves x264 a quarter of the bits; what x265 would gain is small for what it costs (measured). */
const sparingRung = (codec: VideoCodec, rung: VideoRung, share: number): VideoRung => ({
  ...rung,
  averageKbps: Math.max(1, Math.round(rung.bitrateKbps * share)),
  effort: codec === 'h264' ? 'faster' : rung.effort,
})

/** One rung is compared after the other: each comparison has a decode of its own, and needs the memory of one. */
const measure = async (
  { media, source, plan, signal }: Search,
  rungs: readonly VideoRung[],
): Promise<readonly Measured[]> => {
  const spans = sampleSpans(plan.media.durationMs)
  // The source has no marks that they could be compared with.
  const { marks: _, ...unmarked } = plan
  const sampled: EncodePlan = { ...unmarked, rungs, spans, sounds: [], outputs: [], tolerant: true }
  const tracks = new Map<number, readonly Uint8Array[]>()
  await media.encode(source, sampled, {
    signal,
    onProgress: () => {},
    async consume(track, bytes) {
      if (track.type === 'video') tracks.set(track.rung, await Array.fromAsync(bytes))
    },
  })
  const seconds = Math.min(plan.media.durationMs / 1000, lengthOf(spans))
  const measured: Measured[] = []
  for (const [n, rung] of rungs.entries()) {
    const bytes = tracks.get(n) ?? []
    const sizeBytes = bytes.reduce((sum, { length }) => sum + length, 0)
    const vmaf = await media.compare(source, sampled, { rung, bytes, signal })
    measured.push({ kbps: (sizeBytes * 8) / 1000 / Math.max(seconds, 0.001), vmaf })
  }
  return measured
}

const at = <T>(all: readonly T[], n: number): T => {
  const one = all[n]
  if (one === undefined) throw new Error('there is one for each rung')
  return one
}
