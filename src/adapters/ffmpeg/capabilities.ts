import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { EncoderAbilities } from '../../core/processing/ports.ts'
import { FFMPEG_ENVIRONMENT } from './environment.ts'

const run = promisify(execFile)

export interface FfmpegVersion {
  readonly text: string
  /** 5.1 brought `-fps_mode`; builds from git have no number and count as new. */
  readonly supported: boolean
  /** Takes bitstream filters before an input too. The versions before 7 do not, nor do they need one (`repair-matrix`). */
  readonly filtersInputs: boolean
}

export interface Capabilities {
  readonly version: string
  readonly filtersInputs: boolean
  readonly encoders: ReadonlySet<string>
  readonly filters: ReadonlySet<string>
  /** FFmpeg's codec names, e.g. `h264`. */
  readonly decodable: ReadonlySet<string>
}

const NEEDED_ENCODERS: Readonly<Record<string, string>> = {
  libx264: 'every video output',
  aac: 'every audio output',
  pcm_f32le: 'every audio output',
  mjpeg: 'covers',
}

const NEEDED_FILTERS: Readonly<Record<string, string>> = {
  scale: 'every video output',
  bwdif: 'interlaced sources',
  zscale: 'ladders, and HDR sources',
  tonemap: 'HDR sources',
  aresample: 'every audio output',
  atrim: 'every audio output',
  showinfo: 'probing',
}

/** Asks the binary what it can do. Throws, naming all that is missing and what needs it. */
export const readCapabilities = async (ffmpegPath: string): Promise<Capabilities> => {
  const version = await readVersion(ffmpegPath)
  if (!version.supported) throw new Error(`FFmpeg ${version.text} is too old: 5.1 or later is needed`)
  const [encoders, filters, codecs] = await Promise.all([
    ask(ffmpegPath, '-encoders').then(parseEncoders),
    ask(ffmpegPath, '-filters').then(parseFilters),
    ask(ffmpegPath, '-codecs').then(parseDecodable),
  ])
  const missing = [
    ...missingOf(NEEDED_ENCODERS, encoders).map((name) => `encoder ${name}`),
    ...missingOf(NEEDED_FILTERS, filters).map((name) => `filter ${name}`),
  ]
  if (missing.length > 0) throw new Error(`FFmpeg ${version.text} cannot be used: it has no ${missing.join(', no ')}`)
  const { text, filtersInputs } = version
  return { version: text, filtersInputs, encoders, filters, decodable: codecs }
}

/** Some builds of libfdk_aac have HE-AAC taken out and fail only when it is asked for, so a tenth of a second is encoded. */
export const readAbilities = async (
  ffmpegPath: string,
  { encoders, filters }: Capabilities,
): Promise<EncoderAbilities> => ({
  h265: encoders.has('libx265'),
  heAac: encoders.has('libfdk_aac') && (await canEncode(ffmpegPath, ['-c:a', 'libfdk_aac', '-profile:a', 'aac_he_v2'])),
  mp3: encoders.has('libmp3lame'),
  vmaf: filters.has('libvmaf'),
})

const canEncode = (ffmpegPath: string, encoder: readonly string[]): Promise<boolean> => {
  const silence = ['-f', 'lavfi', '-i', 'anullsrc=r=48000:cl=stereo', '-t', '0.1']
  return run(ffmpegPath, ['-v', 'error', '-nostdin', ...silence, ...encoder, '-b:a', '48k', '-f', 'null', '-'], {
    env: FFMPEG_ENVIRONMENT,
    timeout: 20_000,
  }).then(
    () => true,
    () => false,
  )
}

export const readVersion = async (ffmpegPath: string): Promise<FfmpegVersion> =>
  parseVersion(await ask(ffmpegPath, '-version'))

const ask = async (ffmpegPath: string, question: string): Promise<string> => {
  const { stdout } = await run(ffmpegPath, ['-hide_banner', question], {
    env: FFMPEG_ENVIRONMENT,
    timeout: 20_000,
    maxBuffer: 4 << 20,
  })
  return stdout
}

const missingOf = (needed: Readonly<Record<string, string>>, there: ReadonlySet<string>): readonly string[] =>
  Object.entries(needed)
    .filter(([name]) => !there.has(name))
    .map(([name, use]) => `${name} (needed for ${use})`)

export const parseVersion = (output: string): FfmpegVersion => {
  const text = /^ffmpeg version (\S+)/.exec(output)?.[1]
  if (!text) throw new Error('this is no FFmpeg: it does not say its version')
  const [, major, minor] = /^n?(\d+)\.(\d+)/.exec(text) ?? []
  const supported = major === undefined || Number(major) > 5 || (Number(major) === 5 && Number(minor) >= 1)
  return { text, supported, filtersInputs: major === undefined || Number(major) >= 7 }
}

/** Lines such as ` V....D libx264   libx264 H.264 ...` */
export const parseEncoders = (output: string): ReadonlySet<string> => firstWords(output, /^ [VAS][.\w]{5} (\S+)/)

/** Lines such as ` TS. bwdif   V->V   Deinterlace ...`; FFmpeg 8 has two flags instead of three. */
export const parseFilters = (output: string): ReadonlySet<string> =>
  firstWords(output, /^ [.A-Z]{2,3} (\S+)\s+\S+->\S+/)

/** Lines such as ` DEV.LS h264   H.264 ...` */
export const parseDecodable = (output: string): ReadonlySet<string> => firstWords(output, /^ D[.A-Z]{5} (\S+)/)

const firstWords = (output: string, pattern: RegExp): ReadonlySet<string> =>
  new Set(output.split('\n').flatMap((line) => pattern.exec(line)?.[1] ?? []))
