import type { ProbedVideo } from './parse-probe.ts'

export interface FrameRate {
  readonly frameRate: number
  readonly variable: boolean
}

/** No camera does more; some containers give 600 or 1,000 because that is how they count time. */
const MAX_SANE = 300
/** Frames to measure by where the header makes no sense. */
export const MEASURED_FRAMES = 48
const NTSC = [15, 24, 30, 48, 60, 120].map((rate) => (rate * 1000) / 1001)

/** Whether the header's rates say nothing, so that decoded frames must be measured. */
export const needsMeasuring = ({ averageRate }: ProbedVideo): boolean => averageRate <= 0 || averageRate > MAX_SANE

/** Settles the rate from the header, or from the times of the first frames in seconds. */
export const frameRateOf = (video: ProbedVideo, times: readonly number[]): FrameRate => {
  if (needsMeasuring(video)) return measured(times)
  const { averageRate, baseRate } = video
  const agrees = (rate: number): boolean => Math.abs(rate / averageRate - 1) < 0.005
  // In interlaced streams the base rate may count fields.
  const constant = agrees(baseRate) || (video.interlaced && agrees(baseRate / 2))
  const frameRate = standardRate(averageRate)
  return { frameRate, variable: !constant || !isUsual(frameRate) }
}

/** Times may be rounded to milliseconds; whoever varies by more than that has no constant rate. */
const measured = (times: readonly number[]): FrameRate => {
  const [first, last] = [times[0], times.at(-1)]
  if (first === undefined || last === undefined || last <= first) return { frameRate: 25, variable: true }
  const step = (last - first) / (times.length - 1)
  const even = times.every((time, n) => Math.abs(time - first - n * step) < 0.0015)
  const frameRate = standardRate(1 / step)
  return even && frameRate <= MAX_SANE
    ? { frameRate, variable: false }
    : { frameRate: Math.min(frameRate, MAX_SANE), variable: true }
}

/** FFmpeg prints 23.98 for 24000/1001; measured rates are off by a little. */
const standardRate = (rate: number): number => {
  const near = [...NTSC, Math.round(rate)].find((standard) => Math.abs(standard - rate) < 0.012)
  return near ?? rate
}

/** Whole rates, their halves and those of NTSC; anything else is an average of something. */
const isUsual = (rate: number): boolean => Number.isInteger(rate * 2) || NTSC.includes(rate)
