import { measureBandwidth } from '../packaging/measure-bandwidth.ts'
import type { EncodedLadder } from './encode-ladder.ts'
import type { EncodePlan } from './encode-plan.ts'

/** An encoder that was asked for less may still miss by a little. */
const MARGIN = 0.97

/**
 * What to ask the encoder for where it made more of a rung than the template group allows; `undefined` where it did not. Over seconds, and where
 * the hard pictures come last, it may exceed an average by a seventh.
 */
export const withoutExcess = ({ plan, video }: Pick<EncodedLadder, 'plan' | 'video'>): EncodePlan | undefined => {
  const rungs = plan.rungs.map((rung, n) => {
    const track = video[n]
    if (!track || rung.copied) return rung
    const kbps = measureBandwidth([track], plan.segmentSeconds).average / 1000
    if (kbps <= rung.bitrateKbps) return rung
    return { ...rung, averageKbps: Math.max(1, Math.floor((rung.averageKbps * rung.bitrateKbps * MARGIN) / kbps)) }
  })
  return rungs.every((rung, n) => rung === plan.rungs[n]) ? undefined : { ...plan, rungs }
}
