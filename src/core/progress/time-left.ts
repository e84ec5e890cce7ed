import type { Step } from '../catalog/steps.ts'
import type { StepOutlook } from '../shared/outlook.ts'
import { expectedSeconds } from './expected-seconds.ts'
import type { ProgressFacts } from './progress.ts'

/**
 * Until these open steps are done, and what follows from them: those that run or are queued at the same time, the others one after the
 * other. Absent: no worker is there to do it, or the queue is too long to tell.
 */
export const secondsLeft = (
  facts: ProgressFacts,
  open: readonly StepOutlook[],
  toCome: readonly Step[],
): number | undefined => {
  if (facts.outlook.workers === 0) return
  let present = 0
  let later = secondsToCome(facts, toCome)
  for (const step of open) {
    if (step.state === 'waiting') {
      later += (step.tasks * step.taskSeconds) / Math.min(step.tasks, slotsOf(facts, step))
      continue
    }
    const seconds = secondsOf(facts, step)
    if (seconds === undefined) return
    present = Math.max(present, seconds)
  }
  return Math.ceil(present + later)
}

export const secondsToCome = ({ asset, outlook: { paces } }: ProgressFacts, steps: readonly Step[]): number =>
  steps.reduce((sum, step) => sum + expectedSeconds(step, asset) * (paces.get(step) ?? 1), 0)

/** Of what was to be done since there last was nothing to do, by the time that it takes. */
export const shareDone = (steps: readonly StepOutlook[], secondsAfter: number): number => {
  const counted = sinceIdle(steps).filter(({ state }) => state !== 'cancelled')
  const total = counted.reduce((sum, { tasks, taskSeconds }) => sum + tasks * taskSeconds, secondsAfter)
  const done = counted.reduce((sum, step) => sum + (step.done + step.runningShare) * step.taskSeconds, 0)
  return total > 0 ? done / total : 0
}

/** The newest steps that touch in time: each begins with the end of another, or before it. */
const sinceIdle = (steps: readonly StepOutlook[]): readonly StepOutlook[] => {
  const latestEndFirst = steps.toSorted((a, b) => endOf(b) - endOf(a))
  let from = latestEndFirst[0]?.createdAt.getTime() ?? 0
  return latestEndFirst.filter((step) => {
    if (endOf(step) < from) return false
    from = Math.min(from, step.createdAt.getTime())
    return true
  })
}

const endOf = ({ endedAt }: StepOutlook): number => endedAt?.getTime() ?? Number.POSITIVE_INFINITY

const secondsOf = (facts: ProgressFacts, step: StepOutlook): number | undefined => {
  const { queued, retry, taskSeconds } = step
  if (queued && queued.seconds === undefined) return
  const before = (facts.outlook.queues.get(step.queue)?.seconds ?? 0) + (queued?.seconds ?? 0)
  const pauseSeconds = retry ? Math.max(0, (retry.at.getTime() - facts.now.getTime()) / 1000) : 0
  return Math.max(
    runningSeconds(step),
    queued ? before / slotsOf(facts, step) : 0,
    retry ? pauseSeconds + taskSeconds : 0,
  )
}

/** What runs where tasks wait is what there are slots for. */
const slotsOf = ({ outlook }: ProgressFacts, { queue }: StepOutlook): number =>
  Math.max(1, outlook.queues.get(queue)?.running ?? 0)

/** The more a task has done, the more its own speed counts, and the less what was measured of others. */
const runningSeconds = ({ running, runningShare, runningSeconds: tried, taskSeconds }: StepOutlook): number => {
  if (running === 0) return 0
  const share = runningShare / running
  const soFar = tried / running
  // Not every kind tells how far it is.
  if (share === 0) return Math.max(taskSeconds - soFar, soFar / 10)
  return (1 - share) * (soFar + (1 - share) * taskSeconds)
}
