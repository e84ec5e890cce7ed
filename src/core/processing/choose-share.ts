/** What an encode of the samples came to. */
export interface Measured {
  readonly kbps: number
  /** How like the source it looks, 0 to 100. */
  readonly vmaf: number
}

/** `share` of the rung's own rate was asked for; not above 1. */
export interface Trial extends Measured {
  readonly share: number
}

/** So much below the group's own rate is aimed at, which nobody sees; more is promised, because samples are not the film. */
const TOLERANCE = 0.3
/** Where most rungs of most films lie. */
export const FIRST_SHARE = 0.75
/** The least, because there may be harder pictures between the samples; the most, because an encoder does not hit its average exactly. */
const [LEAST_SHARE, MOST_SHARE] = [1 / 3, 0.95]
/** Half the rate costs so much for each point that is missing to 100, within bounds (measured: films 4 to 11, slides less than 1). */
const [PER_HALF_AND_POINT, LEAST_PER_HALF, MOST_PER_HALF] = [1.5, 0.5, 12]
/** A second try that is closer says little. In halves of the rate. */
const [LEAST_STEP, MOST_STEP] = [0.2, 1]

/** The second try of a rung, where the first one points to. */
export const nextShare = (reference: Measured, { share, vmaf }: Trial): number => {
  const perHalf = within((100 - vmaf) * PER_HALF_AND_POINT, LEAST_PER_HALF, MOST_PER_HALF)
  const halves = (vmaf - aimOf(reference)) / perHalf
  const step = within(Math.abs(halves), LEAST_STEP, MOST_STEP)
  return within(share / 2 ** (halves < 0 ? -step : step), LEAST_SHARE, 1)
}

/** The share of the rung's rate that looks as good as all of it, as far as there is one. */
export const chooseShare = (
  { reference, rungKbps }: { readonly reference: Measured; readonly rungKbps: number },
  [one, other]: readonly [Trial, Trial],
): number => {
  // The encoder exceeds the rate of a few seconds, by other parts of it each time. What it leaves of a rate is there for harder pictures.
  const spent = ({ share, kbps }: Trial) => Math.max(share * rungKbps, kbps)
  const [better, worse] = one.share > other.share ? [one, other] : [other, one]
  const halves = Math.max(Math.log2(spent(better) / spent(worse)), 0.05)
  const perHalf = within((better.vmaf - worse.vmaf) / halves, LEAST_PER_HALF, MOST_PER_HALF)
  const distance = ({ vmaf }: Trial) => vmaf - aimOf(reference)
  const nearer = Math.abs(distance(better)) < Math.abs(distance(worse)) ? better : worse
  const kbps = spent(nearer) / 2 ** (distance(nearer) / perHalf)
  return within(kbps / Math.max(reference.kbps, rungKbps), LEAST_SHARE, MOST_SHARE)
}

const aimOf = ({ vmaf }: Measured): number => vmaf - TOLERANCE

const within = (value: number, least: number, most: number): number => Math.max(least, Math.min(most, value))
