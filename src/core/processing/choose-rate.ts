import type { RungRate } from './encode-plan.ts'

/** What an encode of the samples came to. */
export interface Measured {
  readonly kbps: number
  /** 0 to 100. */
  readonly vmaf: number
}

/** With a constant quality; a lower `crf` is a better one. */
export interface Trial extends Measured {
  readonly crf: number
}

/** So much below the group's own rate is aimed at; twice as much is promised, because samples are not the film. */
const TOLERANCE = 0.5
/**
 * VMAF per step of CRF. Mostly it is more than is first believed, so that the second try lands behind the aim and the quality lies between the
 * two: read off there it errs towards better, because VMAF falls ever faster.
 */
const FIRST_SLOPE = 1
const [LEAST_SLOPE, GREATEST_SLOPE] = [0.2, 4]
/** Beyond the worse of two tries. Where the buffer limited both they hardly differ, and what comes then is steep. */
const STEEP_SLOPE = 2.5
const [LEAST_STEP, MOST_STEPS] = [2, 6]
const [BEST_CRF, WORST_CRF] = [12, 42]
/** How far behind a trial its neighbours are trusted. Towards more bits an error only costs some. */
const [FURTHER_DOWN, FURTHER_UP] = [4, 2]

/** The second try of a rung, near where the first one points to and never the same. */
export const nextCrf = (reference: Measured, { crf, vmaf }: Trial): number => {
  const steps = (vmaf - aimOf(reference)) / FIRST_SLOPE
  const step = within(Math.abs(steps), LEAST_STEP, MOST_STEPS)
  return within(steps < 0 ? crf - step : crf + step, BEST_CRF, WORST_CRF)
}

/** The fewest bits that look as good as the group's own rate; that rate where no constant quality has fewer. */
export const chooseRate = (reference: Measured, [one, other]: readonly [Trial, Trial]): RungRate => {
  const [better, worse] = one.crf < other.crf ? [one, other] : [other, one]
  const aim = aimOf(reference)
  const nearer = worse.vmaf <= aim && better.vmaf - aim < aim - worse.vmaf ? better : worse
  const distance = Math.max(worse.crf - better.crf, 0.1)
  const between = within((better.vmaf - worse.vmaf) / distance, LEAST_SLOPE, GREATEST_SLOPE)
  const slope = worse.vmaf > aim ? Math.max(between, STEEP_SLOPE) : between
  const wanted = nearer.crf + (nearer.vmaf - aim) / slope
  const least = Math.max(BEST_CRF, better.crf - FURTHER_DOWN)
  if (wanted < least) return { kind: 'average' }
  const crf = Math.floor(10 * Math.min(wanted, worse.crf + FURTHER_UP, WORST_CRF)) / 10
  const logSlope = Math.log(better.kbps / worse.kbps) / distance
  const kbps = nearer.kbps * Math.exp(logSlope * (nearer.crf - crf))
  return kbps < reference.kbps ? { kind: 'capped', crf } : { kind: 'average' }
}

const aimOf = ({ vmaf }: Measured): number => vmaf - TOLERANCE

const within = (value: number, least: number, most: number): number => Math.max(least, Math.min(most, value))
