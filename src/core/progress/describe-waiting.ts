import { assertNever } from '../shared/assert-never.ts'
import { LAST_POSITION, type Waiting } from './progress.ts'

/** In words, for the owner. */
export const describeWaiting = (waiting: Waiting): string => {
  switch (waiting.code) {
    case 'transfer':
      return 'The source is being taken over'
    case 'queue':
      return describePosition(waiting.position)
    case 'no_worker':
      return 'No worker is running; the work goes on when there is one'
    case 'retry':
      return `The last try failed${because(waiting.reason)}; the next one is at ${waiting.nextTryAt.toISOString()}`
    case 'store_away':
      return `The object store could not be used${because(waiting.reason)}; the next try is at ${waiting.nextTryAt.toISOString()}`
    default:
      return assertNever(waiting)
  }
}

const describePosition = (position: number): string => {
  if (position === 1) return 'It is next in the queue'
  if (position === LAST_POSITION) return `${LAST_POSITION - 1} tasks or more are before it in the queue`
  return position === 2 ? '1 task is before it in the queue' : `${position - 1} tasks are before it in the queue`
}

const because = (reason: string | undefined): string => (reason === undefined ? '' : ` (${reason})`)
