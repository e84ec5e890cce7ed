import { readFileSync } from 'node:fs'

/** Processor time that a process has used so far, in ticks of the kernel; `undefined` where there is no /proc, and when it ended. */
export const processorTicks = (pid: number): number | undefined => {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    // The name, in parentheses, may hold anything; behind it comes the third field.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return Number(fields[11]) + Number(fields[12])
  } catch {
    return undefined
  }
}
