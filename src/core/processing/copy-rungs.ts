import type { EncodePlan, VideoRung } from './encode-plan.ts'
import { distinct, isSameOutput } from './ladder.ts'

/** The plan with these rungs copied. As copies they are all the same packets: the first stands for them, and outputs that come to the same are one. */
export const copyRungs = (plan: EncodePlan, fitting: readonly VideoRung[]): EncodePlan => {
  const [copy] = fitting
  if (!copy) return plan
  const standing = plan.rungs.map((rung) => (fitting.includes(rung) ? copy : rung))
  const rungs = [...new Set(standing)]
  const positions = standing.map((rung) => rungs.indexOf(rung))
  const outputs = plan.outputs.map((output) => {
    const rung = output.rung === undefined ? undefined : positions[output.rung]
    return { ...output, ...(rung !== undefined && { rung }) }
  })
  return {
    ...plan,
    rungs: rungs.map((rung) => (rung === copy ? { ...rung, copied: true } : rung)),
    outputs: distinct(outputs, isSameOutput),
  }
}
