import type { EncodePlan } from './encode-plan.ts'
import { MediaFailure } from './ports.ts'

/**
 * Strict first, so that damage is noticed; then, for a source that failed it, past the damage, with a note on the asset, and by `otherwise`: a plan
 * that passes on none of it.
 */
export const pastDamage = async <T>(
  strict: EncodePlan,
  otherwise: EncodePlan,
  encode: (plan: EncodePlan) => Promise<T>,
): Promise<T> => {
  try {
    return await encode(strict)
  } catch (error) {
    if (!(error instanceof MediaFailure && error.permanent)) throw error
    return encode({ ...otherwise, tolerant: true, strictFailure: error.reason })
  }
}
