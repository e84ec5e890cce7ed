import { KilledFailure, PermanentFailure, SuspectFailure } from '../shared/task.ts'
import { MediaFailure } from './ports.ts'

/** Runs media work and says to the engine which failures are final, suspect or a kill. */
export const permanently = async <T>(work: Promise<T>): Promise<T> => {
  try {
    return await work
  } catch (error) {
    if (!(error instanceof MediaFailure)) throw error
    if (error.permanent) throw new PermanentFailure(error.reason, { cause: error })
    if (error.killed) throw new KilledFailure(error.reason, { cause: error })
    throw error.suspect ? new SuspectFailure(error.reason, { cause: error }) : error
  }
}
