import { readdir, readFile } from 'node:fs/promises'
import { setTimeout as pause } from 'node:timers/promises'

interface Status {
  readonly name: string
  readonly state: string
  readonly parent: number
}

/** Children of a process, and theirs, that run the program of that name. */
export const descendants = async (ancestor: number, name: string): Promise<readonly number[]> => {
  const pids = (await readdir('/proc')).filter((entry) => /^\d+$/.test(entry)).map(Number)
  const all = new Map<number, Status>()
  for (const pid of pids) {
    const status = await statusOf(pid)
    if (status) all.set(pid, status)
  }
  const isBelow = (pid: number): boolean => {
    const parent = all.get(pid)?.parent
    return parent !== undefined && (parent === ancestor || isBelow(parent))
  }
  return [...all]
    .filter(([pid, { name: own, state }]) => own === name && state !== 'Z' && isBelow(pid))
    .map(([pid]) => pid)
}

export const isAlive = async (pid: number): Promise<boolean> => {
  const status = await statusOf(pid)
  return status !== undefined && status.state !== 'Z'
}

/** `undefined` when there is no such process (any more). */
const statusOf = async (pid: number): Promise<Status | undefined> => {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  const [, name, state, parent] = /^\d+ \((.*)\) (\w) (\d+)/.exec(text) ?? []
  return name && state && parent ? { name, state, parent: Number(parent) } : undefined
}

/** Waits for a condition. */
export const until = async (condition: () => Promise<boolean> | boolean, timeoutMs = 20_000): Promise<void> => {
  const deadline = performance.now() + timeoutMs
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error('the condition did not come true in time')
    await pause(20)
  }
}
