import type { ProjectId } from '../../core/shared/ids.ts'
import { DomainError } from '../../core/shared/problem.ts'

interface Seats {
  /** Until the signal fires. Throws `too_many_streams`. */
  take(projectId: ProjectId, signal: AbortSignal): void
}

/** Bounds what stays open: of each project, so that none takes it all, and of the process. */
export const createSeats = ({
  perProject,
  overall,
}: {
  readonly perProject: number
  readonly overall: number
}): Seats => {
  const taken = new Map<ProjectId, number>()
  let all = 0
  const give = (projectId: ProjectId): void => {
    const left = (taken.get(projectId) ?? 0) - 1
    if (left > 0) taken.set(projectId, left)
    else taken.delete(projectId)
    all--
  }
  return {
    take(projectId, signal) {
      if (signal.aborted) return
      const own = taken.get(projectId) ?? 0
      if (own >= perProject) throw new DomainError({ kind: 'too_many_streams', limit: perProject })
      if (all >= overall) throw new DomainError({ kind: 'too_many_streams', limit: overall })
      taken.set(projectId, own + 1)
      all++
      signal.addEventListener('abort', () => give(projectId), { once: true })
    },
  }
}
