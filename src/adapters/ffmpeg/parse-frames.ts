/** What the filter `showinfo` prints about decoded frames: the truth, whatever the container says. */
export interface DecodedFrames {
  /** As FFmpeg's filters see it: upright, but in its own pixels. */
  readonly width: number
  readonly height: number
  /** Sample aspect ratio, 1 when unknown. */
  readonly sampleAspect: number
  readonly pixelFormat: string
  readonly interlaced: boolean
  readonly hdr: boolean
  /** Presentation times in seconds, in order. */
  readonly times: readonly number[]
}

const FRAME = /\] n: *\d+ pts: *\S+ pts_time:(\S+).* fmt:(\S+) .*sar:(\d+)\/(\d+) s:(\d+)x(\d+) i:(\w)/

/** `undefined` when no frame was decoded. */
export const parseFrames = (stderr: string): DecodedFrames | undefined => {
  const lines = stderr.split('\n')
  const frames = lines.map((line) => FRAME.exec(line)).filter((match) => match !== null)
  const [first] = frames
  if (!first) return undefined
  const [across = 0, down = 0, width = 0, height = 0] = first.slice(3, 7).map(Number)
  const ratio = across / down
  return {
    width,
    height,
    // Nonsense in a header must not blow a picture up: real media lie between 1:2 and 2:1.
    sampleAspect: ratio > 0.1 && ratio < 10 ? ratio : 1,
    pixelFormat: first[2] ?? '',
    interlaced: frames.some((frame) => frame[7] !== 'P'),
    hdr: lines.some((line) => /color_trc:(?:smpte2084|arib-std-b67)/.test(line)),
    times: frames.map((frame) => Number(frame[1])).filter((time) => Number.isFinite(time)),
  }
}

/** The filter `ashowinfo` printed at least one frame. */
export const hasAudioFrame = (stderr: string): boolean => /ashowinfo\S* @ \S+\] n:\d+ pts:/.test(stderr)
