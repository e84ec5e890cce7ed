/** What Linux knows about processes. Only for Linux: there is no /proc elsewhere. */
import { readdirSync, readFileSync } from 'node:fs'

export interface ProcessEntry {
  readonly pid: number
  readonly parent: number
  /** User and system time of its own, and of all its children that have ended and were waited for. */
  readonly cpuSeconds: number
}

/** Of every architecture's ABI, whatever the kernel's own clock is. */
const TICKS_PER_SECOND = 100

/** A process and all that descend from it, by their parents' pids. */
export const treeOf = (root: number): readonly ProcessEntry[] => {
  const all = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => readProcess(Number(name)) ?? [])
  const tree = all.filter(({ pid }) => pid === root)
  for (const { pid } of tree) tree.push(...all.filter(({ parent }) => parent === pid))
  return tree
}

/**
 * Processor time that a tree of processes has used since it began. Whoever has ended counts once: in its parent, which waited
 * for it. Read until nobody came or went meanwhile, so that nobody is counted twice or never.
 */
export const cpuSecondsOf = (root: number): number => {
  let before = ''
  for (;;) {
    const tree = treeOf(root)
    const pids = tree.map(({ pid }) => pid).join()
    if (pids === before) return tree.reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0)
    before = pids
  }
}

/** Processor time of those children of ours that have ended. */
export const endedChildrenCpuSeconds = (): number => {
  const [user, system] = statFields(readFileSync('/proc/self/stat', 'utf8')).slice(13, 15)
  return (Number(user) + Number(system)) / TICKS_PER_SECOND
}

/** Processor time that all of the machine has used. */
export const machineCpuSeconds = (): number => {
  const [, user, nice, system, , , irq, softirq, steal] = readFileSync('/proc/stat', 'utf8').split(/\s+/, 9)
  const ticks = [user, nice, system, irq, softirq, steal].reduce((sum, text) => sum + Number(text), 0)
  return ticks / TICKS_PER_SECOND
}

export const commandLineOf = (pid: number): readonly string[] => read(`/proc/${pid}/cmdline`).split('\0')

/** Resident memory now. */
export const residentBytes = (pid: number): number => statusBytes(pid, /^VmRSS:\s+(\d+) kB$/m)

/** The most resident memory that it ever had. */
export const peakBytes = (pid: number): number => statusBytes(pid, /^VmHWM:\s+(\d+) kB$/m)

const statusBytes = (pid: number, line: RegExp): number =>
  Number(line.exec(read(`/proc/${pid}/status`))?.[1] ?? 0) * 1024

/**
 * Bytes that a process itself has read and written by system calls, sockets and pipes included. Summed over its threads,
 * because the process's own figures also have those of its children that have ended.
 */
export const transferredBytes = (pid: number): number =>
  list(`/proc/${pid}/task`)
    .flatMap((thread) => [...read(`/proc/${pid}/task/${thread}/io`).matchAll(/^[rw]char: (\d+)$/gm)])
    .reduce((sum, [, bytes]) => sum + Number(bytes), 0)

const readProcess = (pid: number): ProcessEntry | undefined => {
  const stat = read(`/proc/${pid}/stat`)
  if (stat === '') return undefined
  const fields = statFields(stat)
  const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0)
  return { pid, parent: Number(fields[1]), cpuSeconds: ticks / TICKS_PER_SECOND }
}

/** From the state on (field 3 of proc(5)); the name before it may hold spaces and brackets. */
const statFields = (stat: string): readonly string[] => stat.slice(stat.lastIndexOf(')') + 2).split(' ')

/** Empty when the process has gone. */
const read = (path: string): string => {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

const list = (path: string): readonly string[] => {
  try {
    return readdirSync(path)
  } catch {
    return []
  }
}
