import type { Progress } from './progress.ts'

/** What anybody may know of an asset that they may watch: nothing of other tenants' work, and no reasons. */
export interface ViewerProgress {
  readonly percent: number
  /** Until the film plays, or, where it does, until all of it is there; of long times only about. */
  readonly seconds?: number
  /** `delayed`: nobody works on it, which passes by itself. */
  readonly waitingFor?: 'transfer' | 'queue' | 'delayed'
}

export const forViewers = ({ percent, secondsToPlayable, secondsToComplete, waitingFor }: Progress): ViewerProgress => {
  const seconds = secondsToPlayable || secondsToComplete
  return {
    percent,
    ...(seconds !== undefined && { seconds: roundTime(seconds) }),
    ...(waitingFor && { waitingFor: reasonOf(waitingFor.code) }),
  }
}

const reasonOf = (code: NonNullable<Progress['waitingFor']>['code']): NonNullable<ViewerProgress['waitingFor']> =>
  code === 'transfer' || code === 'queue' ? code : 'delayed'

/** Too coarse to follow other tenants' work by. */
const roundTime = (seconds: number): number => {
  const step = seconds < 60 ? 5 : seconds < 3600 ? 60 : 900
  return Math.ceil(seconds / step) * step
}
