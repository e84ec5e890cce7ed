import type { Review } from '../../core/catalog/review.ts'
import { assertNever } from '../../core/shared/assert-never.ts'

/** What is wanted has not begun: the source is not in place yet. */
const STATUS = {
  wanted: 'UN_REVIEW',
  running: 'REVIEWING',
  failed: 'REVIEW_FAILED',
  passed: 'REVIEW_PASSED',
  suspicious: 'REVIEW_SUSPICIOUS',
  blocked: 'REVIEW_BLOCKED',
} as const satisfies Record<Review['state'], string>

export const reviewStatus = (review: Review | undefined): string => (review ? STATUS[review.state] : 'UN_REVIEW')

export const reviewDescription = (review: Review | undefined): string => {
  switch (review?.state) {
    case undefined:
    case 'wanted':
      return ''
    case 'running':
      return 'Review is running'
    case 'failed':
      return review.reason
    case 'passed':
    case 'suspicious':
    case 'blocked':
      return [...(review.order ? ['Review finished'] : []), ...judged(review)].join('. ')
    default:
      return assertNever(review)
  }
}

const judged = ({ state, judgement }: Extract<Review, { state: 'passed' | 'suspicious' | 'blocked' }>) => {
  if (!judgement) return []
  const what = `${state === 'blocked' ? 'Blocked' : 'Passed'} by ${judgement.by}`
  return [judgement.note === undefined ? what : `${what}: ${judgement.note}`]
}
