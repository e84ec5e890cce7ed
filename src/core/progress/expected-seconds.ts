import type { Asset } from '../catalog/asset.ts'
import { isDivided } from '../catalog/divisible.ts'
import type { SourceVideo } from '../catalog/media.ts'
import type { Step } from '../catalog/steps.ts'
import type { TranscodeSettings, VideoSettings } from '../catalog/transcode-settings.ts'

/**
 * How long a step takes on an ordinary machine, or each of the parts into which it is divided, on average; more exactly, how the steps of a kind compare. The engine finds out how much faster or slower they
 * are where it runs.
 */
export const expectedSeconds = (step: Step, asset: Asset, parts = 1): number =>
  1 + (SECONDS[step]?.(asset) ?? 0) / parts

const BYTES_PER_SECOND = 100e6
/** Of the pictures that are encoded, and of those that are decoded for it. */
const H264_PIXELS_PER_SECOND = 100e6
const H265_PIXELS_PER_SECOND = 25e6
const DECODED_PIXELS_PER_SECOND = 500e6
/** How much longer the sound of a film is than its encode takes. */
const SOUND_SPEED = 50

/** Beside the second that any task takes: media tools start, objects are opened. */
const SECONDS: Readonly<Partial<Record<Step, (asset: Asset) => number>>> = {
  transfer: (asset) => (asset.output ? 0 : bytesOf(asset) / BYTES_PER_SECOND),
  adopt: (asset) => mediaSeconds(asset) / 100,
  snapshots: (asset) => mediaSeconds(asset) / 50,
  storyboard: (asset) => mediaSeconds(asset) / 50,
  inspect: (asset) => mediaSeconds(asset) / 10,
  review: (asset) => mediaSeconds(asset) / 10,
  rewrite: (asset) => bytesOf(asset) / BYTES_PER_SECOND,
  subtitles: (asset) => bytesOf(asset) / BYTES_PER_SECOND,
  extract: (asset) => mediaSeconds(asset) / SOUND_SPEED,
  // What is divided is only planned by it.
  transcode: (asset) => (isDivided(asset) ? 0 : encodeSeconds(asset)),
  chunk: (asset) => encodeSeconds(asset),
}

const encodeSeconds = (asset: Asset): number => {
  const settings = asset.nextTranscode?.settings ?? asset.transcodeSettings
  if (!settings) return 0
  if (settings.remux) return (2 * bytesOf(asset)) / BYTES_PER_SECOND
  const sound = mediaSeconds(asset) / SOUND_SPEED
  const video = asset.media ? asset.media.video : UNKNOWN_VIDEO
  return video ? sound + pictureSeconds(video, settings) * mediaSeconds(asset) : sound
}

/** Of one second of the film. */
const pictureSeconds = (video: SourceVideo | typeof UNKNOWN_VIDEO, settings: TranscodeSettings): number => {
  const source = video.width * video.height
  // What several outputs share is encoded once.
  const sizes = new Set(settings.outputs.flatMap((output) => (output.video ? [pixelsOf(output.video, source)] : [])))
  const encoded = [...sizes].reduce((sum, pixels) => sum + pixels, 0)
  const perSecond = settings.videoCodec === 'h265' ? H265_PIXELS_PER_SECOND : H264_PIXELS_PER_SECOND
  return (
    video.frameRate * (source / DECODED_PIXELS_PER_SECOND + ((settings.contentAdaptive ? 2 : 1) * encoded) / perSecond)
  )
}

const pixelsOf = ({ width, height }: VideoSettings, source: number): number =>
  Math.min(source, (width || Number.POSITIVE_INFINITY) * (height || Number.POSITIVE_INFINITY))

const bytesOf = ({ media, source }: Asset): number => media?.sizeBytes ?? source.sizeBytes

/** Before the probe what most films are. */
const mediaSeconds = (asset: Asset): number =>
  asset.media ? asset.media.durationMs / 1000 : (bytesOf(asset) * 8) / UNKNOWN_BITS_PER_SECOND

const UNKNOWN_BITS_PER_SECOND = 5e6
const UNKNOWN_VIDEO = { width: 1920, height: 1080, frameRate: 25 }
