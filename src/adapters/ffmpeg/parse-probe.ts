/** What `ffmpeg -i` prints about an input, as written; what follows from it is decided elsewhere. */
export interface ProbedInput {
  readonly container: string
  readonly durationMs: number | undefined
  /** FFmpeg guessed the duration from the bit rate, which may be far off. */
  readonly durationEstimated: boolean
  readonly bitRateKbps: number | undefined
  /** On the clock of the file; FFmpeg moves it to 0. */
  readonly startSeconds: number
  readonly streams: readonly ProbedStream[]
}

export type ProbedStream =
  | ProbedVideo
  | ProbedAudio
  | ProbedSubtitle
  | { readonly type: 'other'; readonly index: number }

export interface ProbedVideo {
  readonly type: 'video'
  readonly index: number
  /** `none` when FFmpeg does not know the codec. */
  readonly codec: string
  /** 0 when no frame was found. */
  readonly width: number
  readonly height: number
  readonly pixelFormat: string
  /** Sample aspect ratio is there and not 1:1. */
  readonly anamorphic: boolean
  /** Average, and the guess at the base rate of the stream; both 0 when unknown, and rounded to two decimals. */
  readonly averageRate: number
  readonly baseRate: number
  readonly interlaced: boolean
  readonly hdr: boolean
  /** The colour matrix, where it is one that scalers do not know. */
  readonly strangeMatrix?: string
  /** The colour matrix, where it is one of the usual ones. */
  readonly matrix?: string
  /** Degrees clockwise. */
  readonly rotation: number
  readonly attachedPicture: boolean
  readonly isDefault: boolean
}

export interface ProbedAudio {
  readonly type: 'audio'
  readonly index: number
  readonly codec: string
  readonly sampleRate: number
  readonly channels: number
  readonly isDefault: boolean
}

export interface ProbedSubtitle {
  readonly type: 'subtitle'
  readonly index: number
  /** `none` when FFmpeg does not know the codec. */
  readonly codec: string
  /** As the file says it, mostly in three letters. */
  readonly language?: string
  readonly title?: string
}

/**
 * `undefined` when FFmpeg did not accept the input. Stream lines have exactly two leading blanks since FFmpeg 5; tags
 * have more, so that a title which looks like a stream is none.
 */
export const parseProbe = (stderr: string): ProbedInput | undefined => {
  const lines = stderr.split('\n')
  const first = lines.findIndex((line) => /^Input #0, .+, from '/.test(line))
  if (first < 0) return undefined
  const body = lines.slice(first + 1)
  const duration = body.find((line) => line.startsWith('  Duration: ')) ?? ''
  return {
    container: /^Input #0, (.+?), from '/.exec(lines[first] ?? '')?.[1] ?? '',
    durationMs: milliseconds(/Duration: (\d+):(\d\d):(\d\d)\.(\d\d)/.exec(duration)),
    durationEstimated: /Estimating duration from bitrate/.test(stderr),
    startSeconds: numberIn(/start: (-?\d+\.\d+)/.exec(duration)) ?? 0,
    bitRateKbps: numberIn(/bitrate: (\d+) kb\/s/.exec(duration)),
    streams: body.flatMap((line, n) => (STREAM.test(line) ? [parseStream(line, detailsAfter(body, n))] : [])),
  }
}

const STREAM = /^ {2}Stream #0:(\d+)(?:\[0x[0-9a-f]+\])?(?:\(([^)]*)\))?: (Video|Audio|[A-Z]\w+): (.*)$/

const milliseconds = (match: RegExpExecArray | null): number | undefined => {
  if (!match) return undefined
  const [hours = 0, minutes = 0, seconds = 0, hundredths = 0] = match.slice(1).map(Number)
  return ((hours * 60 + minutes) * 60 + seconds) * 1000 + hundredths * 10
}

const numberIn = (match: RegExpExecArray | null): number | undefined => (match?.[1] ? Number(match[1]) : undefined)

/** Indented lines that belong to the stream: its tags and side data. */
const detailsAfter = (lines: readonly string[], at: number): readonly string[] => {
  const rest = lines.slice(at + 1)
  const end = rest.findIndex((line) => !line.startsWith('    '))
  return end < 0 ? rest : rest.slice(0, end)
}

const parseStream = (line: string, details: readonly string[]): ProbedStream => {
  const [, index = '', language, kind = '', text = ''] = STREAM.exec(line) ?? []
  switch (kind) {
    case 'Video':
      return parseVideo(Number(index), text, details)
    case 'Audio':
      return parseAudio(Number(index), text)
    case 'Subtitle':
      return parseSubtitle(Number(index), { language, text }, details)
    default:
      return { type: 'other', index: Number(index) }
  }
}

const parseVideo = (index: number, text: string, details: readonly string[]): ProbedVideo => {
  const [codec = '', pixels = '', ...parts] = topLevelParts(text)
  const [, width = '0', height = '0'] = parts.map((part) => /^(\d+)x(\d+)/.exec(part)).find((match) => match) ?? []
  // The container's own ratio stands alone behind the bit rate; FFmpeg lets it win over the codec's in brackets.
  const ratio = /, SAR (\d+):(\d+)/.exec(text) ?? /\[SAR (\d+):(\d+)/.exec(text)
  const sideData = details.slice(details.findIndex((line) => /^ {6}Side data:/.test(line)) + 1)
  const degrees = sideData.map((line) => /displaymatrix: rotation of (-?[\d.]+)/.exec(line)?.[1]).find((found) => found)
  return {
    type: 'video',
    index,
    codec: wordIn(codec),
    width: Number(width),
    height: Number(height),
    pixelFormat: wordIn(pixels),
    anamorphic: ratio !== null && ratio[1] !== ratio[2] && ratio[1] !== '0',
    averageRate: rateIn(parts, 'fps'),
    baseRate: rateIn(parts, 'tbr'),
    interlaced: /(?:top|bottom) (?:coded )?first/.test(pixels),
    hdr: /smpte2084|arib-std-b67/.test(pixels),
    ...strangeMatrixIn(pixels),
    ...matrixIn(pixels),
    // FFmpeg counts against the clock.
    rotation: (((Math.round(-Number(degrees ?? 0) / 90) * 90) % 360) + 360) % 360,
    attachedPicture: /\(attached pic\)/.test(text),
    isDefault: /\(default\)/.test(text),
  }
}

/** Of `yuv420p(tv, bt2020c/bt2020/linear, progressive)` the first of three; where all three are alike, they stand once. */
const strangeMatrixIn = (pixels: string): Pick<ProbedVideo, 'strangeMatrix'> => {
  const strangeMatrix = /[(,] ?(reserved|bt2020c|chroma-derived-n?c|ycgco|ictcp)(?=[/,)])/.exec(pixels)?.[1]
  return strangeMatrix === undefined ? {} : { strangeMatrix }
}

/** The first of three, likewise. */
const matrixIn = (pixels: string): Pick<ProbedVideo, 'matrix'> => {
  const name = /[(,] ?(bt709|fcc|bt470bg|smpte170m|smpte240m|bt2020nc)(?=[/,)])/.exec(pixels)?.[1]
  return name === undefined ? {} : { matrix: name }
}

const parseAudio = (index: number, text: string): ProbedAudio => {
  const [codec = '', rate = '', layout = ''] = topLevelParts(text)
  return {
    type: 'audio',
    index,
    codec: wordIn(codec),
    sampleRate: numberIn(/^(\d+) Hz/.exec(rate)) ?? 0,
    channels: channelsIn(layout),
    isDefault: /\(default\)/.test(text),
  }
}

interface SubtitleLine {
  readonly language: string | undefined
  readonly text: string
}

const parseSubtitle = (index: number, line: SubtitleLine, details: readonly string[]): ProbedSubtitle => {
  const title = details.map((detail) => /^ {6,8}title +: (.*)$/.exec(detail)?.[1]?.trim()).find((found) => found)
  return {
    type: 'subtitle',
    index,
    codec: wordIn(topLevelParts(line.text)[0] ?? ''),
    ...(line.language !== undefined && { language: line.language }),
    ...(title !== undefined && { title }),
  }
}

/** Split at commas, but not inside `yuv420p(tv, bt709)` or `[SAR 1:1 DAR 16:9]`. */
const topLevelParts = (text: string): readonly string[] =>
  text.split(/,(?![^()]*\)|[^[\]]*\])/).map((part) => part.trim())

const wordIn = (part: string): string => /^[^\s(]+/.exec(part)?.[0] ?? ''

/** Such as `23.98 fps`, `90k tbr`. */
const rateIn = (parts: readonly string[], unit: 'fps' | 'tbr'): number => {
  const [, digits, thousands] = parts.map((part) => RATE[unit].exec(part)).find((match) => match) ?? []
  return digits ? Number(digits) * (thousands ? 1000 : 1) : 0
}

const RATE = { fps: /^([\d.]+)(k?) fps/, tbr: /^([\d.]+)(k?) tbr/ }

/** FFmpeg's names of channel layouts: `mono`, `stereo`, `5.1(side)`, `3 channels (FL+FR+LFE)`, ... */
const channelsIn = (layout: string): number => {
  const counted = /^(\d+) channels/.exec(layout)?.[1]
  if (counted) return Number(counted)
  const [, main, low, high] = /^(\d+)\.(\d)(?:\.(\d))?/.exec(layout) ?? []
  if (main) return Number(main) + Number(low) + Number(high ?? 0)
  return NAMED_LAYOUTS[wordIn(layout)] ?? 2
}

const NAMED_LAYOUTS: Readonly<Record<string, number>> = {
  ...{ mono: 1, stereo: 2, downmix: 2, binaural: 2, quad: 4, hexagonal: 6, octagonal: 8, hexadecagonal: 16, cube: 8 },
}
