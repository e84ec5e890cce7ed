import { mkdir, rm, stat } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { createMediaTool } from '../src/adapters/ffmpeg/media-tool.ts'
import { createLocalObjectStore } from '../src/adapters/object-store/local.ts'
import type { EncodePlan, VideoRung } from '../src/core/processing/encode-plan.ts'
import { encoderArguments } from '../src/core/processing/encoder-arguments.ts'
import { planEncode } from '../src/core/processing/ladder.ts'
import type { MediaTool, PinnedObject } from '../src/core/processing/ports.ts'
import { encodedSound } from '../src/core/processing/sound-arguments.ts'
import type { ObjectStore } from '../src/core/shared/object-store.ts'
import { SYSTEM_SETTINGS } from '../src/core/templates/system-groups.ts'
import { readConfig } from '../src/main/config.ts'
import { type Bench, runFfmpeg } from './bench.ts'
import type { Clip } from './clips.ts'
import { type Cost, measureChildren } from './measure.ts'

/** The product's own media tool, and a clip that it can read. */
export interface OpenedClip extends AsyncDisposable {
  readonly media: MediaTool
  readonly source: PinnedObject
  readonly store: ObjectStore
}

export const openClip = async ({ ffmpeg }: Bench, { path }: Clip): Promise<OpenedClip> => {
  // The clip's folder as a bucket.
  const [bucket, key] = [basename(dirname(path)), basename(path)]
  const root = dirname(dirname(path))
  const now = () => new Date()
  const store = createLocalObjectStore({ root, publicUrl: () => '', signingSecret: new Uint8Array(32), now })
  const found = await store.head({ bucket, key })
  if (!found) throw new Error(`there is no clip at ${path}`)
  const media = await createMediaTool({ ffmpegPath: ffmpeg, store })
  return {
    media,
    store,
    source: { bucket, key, ...found },
    [Symbol.asyncDispose]: () => media[Symbol.asyncDispose](),
  }
}

/** What the product makes of the clip: found out by its own probe, decided by its own rules. */
export const planOf = async (bench: Bench, clip: Clip): Promise<EncodePlan> => {
  await using opened = await openClip(bench, clip)
  return planEncode(await opened.media.probe(opened.source, bench.signal), SYSTEM_SETTINGS)
}

/** One plain FFmpeg with the product's own arguments, from file to files. */
export const plainEncode = async (bench: Bench, clip: Clip, plan: EncodePlan): Promise<Cost> => {
  await emptyFolder(bench, 'plain')
  // As one worker of a default installation does.
  const processors = Math.ceil(availableParallelism() / readConfig({}).workerSlots)
  const outputs = plan.rungs.length + plan.sounds.length
  const targets = Array.from({ length: outputs }, (_, n) => plainTrack(bench, n))
  const threads = ['-threads', String(Math.min(processors, 16))]
  const pictures = encoderArguments({ ...plan, sounds: [] }, { soundInput: 0, processors, targets })
  const args = [...threads, '-i', clip.path, ...pictures, ...plainSounds(plan, targets.slice(plan.rungs.length))]
  const cost = await measureChildren(() => runFfmpeg(bench, args))
  for (const target of targets)
    if ((await stat(target)).size === 0) throw new Error('the plain encode left an empty file')
  return cost
}

/** The product encodes them in a second process, for sources that change on the way. */
const plainSounds = ({ sounds }: EncodePlan, targets: readonly string[]): readonly string[] =>
  sounds.flatMap((sound, n) => [...encodedSound(sound.codec, sound.bitrateKbps, sound), '-f', 'mp4', targets[n] ?? ''])

/** Where `plainEncode` leaves a track of the plan. */
export const plainTrack = ({ folder }: Bench, track: number): string => join(folder, 'plain', `v${track}.mp4`)

/** One FFmpeg per rendition, one after the other, each with a decode of its own, as scripts and peers do it. */
export const usualEncode = async (bench: Bench, clip: Clip, plan: EncodePlan): Promise<Cost> => {
  const folder = await emptyFolder(bench, 'usual')
  return measureChildren(async () => {
    for (const rung of plan.rungs) {
      await runFfmpeg(bench, ['-i', clip.path, ...usualArguments(rung), usualRendition(bench, rung)])
    }
    const [audio] = plan.sounds
    if (!audio) return
    const sound = ['-vn', '-c:a', 'aac', '-b:a', `${audio.bitrateKbps}k`, '-ac', String(audio.channels)]
    await runFfmpeg(bench, ['-i', clip.path, ...sound, join(folder, 'audio.m4a')])
  })
}

/** Where `usualEncode` leaves a rung. */
export const usualRendition = ({ folder }: Bench, { quality }: VideoRung): string =>
  join(folder, 'usual', `${quality}.mp4`)

/** The same rates as ours; a GOP of two seconds and no keyframes between, FFmpeg's own scaler and threads. */
const usualArguments = ({ width, height, bitrateKbps, frameRate }: VideoRung): readonly string[] => {
  const gop = String(Math.round(2 * frameRate))
  return [
    ...['-map', '0:v:0', '-vf', `scale=${width}:${height},setsar=1`, '-c:v', 'libx264', '-preset', 'veryfast'],
    ...['-pix_fmt', 'yuv420p', '-b:v', `${bitrateKbps}k`, '-maxrate', `${Math.round(bitrateKbps * 1.5)}k`],
    ...['-bufsize', `${bitrateKbps * 2}k`, '-g', gop, '-keyint_min', gop, '-sc_threshold', '0'],
  ]
}

const emptyFolder = async ({ folder }: Bench, name: string): Promise<string> => {
  const path = join(folder, name)
  await rm(path, { recursive: true, force: true })
  await mkdir(path)
  return path
}
