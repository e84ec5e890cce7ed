import { measureBandwidth } from '../packaging/measure-bandwidth.ts'
import type { EncodedLadder } from './encode-ladder.ts'
import type { EncodePlan } from './encode-plan.ts'

/** An encoder that was asked for less may still miss by a little. */
const MARGIN = 0.97

/**
 * What to ask for where the encode of a plan has more of a rung than the template group allows; `undefined` where it has not. Over seconds, and
 * where the hard pictures come last, an encoder may exceed an average by a seventh. A rung that was passed on is none of the plan's own.
 */
export const withoutExcess = (
  plan: EncodePlan,
  ladder: Pick<EncodedLadder, 'plan' | 'video'>,
): EncodePlan | undefined => {
  const rungs = plan.rungs.map((rung) => {
    const track = ladder.video[ladder.plan.rungs.indexOf(rung)]
    if (!track) return rung
    const kbps = measureBandwidth([track], plan.segmentSeconds).average / 1000
    if (kbps <= rung.bitrateKbps) return rung
    return { ...rung, averageKbps: Math.max(1, Math.floor((rung.averageKbps * rung.bitrateKbps * MARGIN) / kbps)) }
  })
  return rungs.every((rung, n) => rung === plan.rungs[n]) ? undefined : { ...plan, rungs }
}
