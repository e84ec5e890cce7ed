import { readdirSync, writeFileSync } from 'node:fs'
import { setPriority } from 'node:os'

/** Of processes: a viewer waits for it; one did, and will want what follows; nobody waits. */
export const NICE = { urgent: 0, ahead: 7, ordinary: 10 } as const

/** A process gives way, with all its threads: Linux weighs each by itself, or with autogroups its session. What cannot be said to the kernel is left. */
export const renice = (pid: number, nice: number): void => {
  const attempt = (act: () => void): void => {
    try {
      act()
    } catch {
      // It ended, or this is no Linux.
    }
  }
  attempt(() => setPriority(pid, nice))
  attempt(() => writeFileSync(`/proc/${pid}/autogroup`, String(nice)))
  attempt(() => {
    for (const thread of readdirSync(`/proc/${pid}/task`)) attempt(() => setPriority(Number(thread), nice))
  })
}
