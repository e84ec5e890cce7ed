import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir, readFile } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { builtProgram } from '../support/built-program.ts'
import { until } from '../support/until.ts'

/** A `telecine` of its own. Disposing kills it, if it is still there. */
export interface TelecineProcess extends AsyncDisposable {
  readonly pid: number
  readonly child: ChildProcess
  /** Lines of stdout so far. */
  readonly lines: readonly string[]
  /** Lines of stderr so far. */
  readonly complaints: readonly string[]
  /** Waits for a line of stdout that begins so. */
  said(beginning: string): Promise<string>
  /** Exit code, or the signal that ended it. */
  readonly ended: Promise<number | string>
}

/** Runs a command with these settings and no others. */
export const runTelecine = (
  args: readonly string[],
  settings: Readonly<Record<string, string>>,
  program = builtProgram(),
): TelecineProcess => {
  const { PATH = '', HOME = '/' } = process.env
  const child = spawn(process.execPath, [program, ...args], {
    env: { PATH, HOME, ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const { pid } = child
  if (pid === undefined) throw new Error('telecine could not be started')
  const lines: string[] = []
  const complaints: string[] = []
  createInterface({ input: child.stdout }).on('line', (line) => lines.push(line))
  createInterface({ input: child.stderr }).on('line', (line) => complaints.push(line))
  const ended = once(child, 'close').then(([code, signal]) => code ?? signal)
  return {
    ...{ pid, child, lines, complaints, ended },
    said: (beginning) =>
      until(`"${beginning}" is said`, async () => {
        if (child.exitCode !== null) throw new Error(`telecine ended: ${complaints.join('\n')}`)
        return lines.find((line) => line.startsWith(beginning))
      }),
    async [Symbol.asyncDispose]() {
      const below = await descendantsOf(pid)
      killAll([pid, ...below])
      await ended
    },
  }
}

/** Processes that were started by this one, directly or not; those that left it to die alone are not among them. */
export const descendantsOf = async (pid: number): Promise<readonly number[]> => {
  const parents = new Map<number, number>()
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue
    const stat = await readFile(`/proc/${name}/stat`, 'utf8').catch(() => '')
    // The name, in parentheses, may hold anything.
    const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    if (state !== undefined && state !== 'Z') parents.set(Number(name), Number(parent))
  }
  const found = [pid]
  for (const one of found) for (const [child, parent] of parents) if (parent === one) found.push(child)
  return found.slice(1)
}

/** FFmpeg processes below this one that encode a ladder. */
export const encodersBelow = async (pid: number): Promise<readonly number[]> => {
  const encoders: number[] = []
  for (const one of await descendantsOf(pid)) {
    const command = await readFile(`/proc/${one}/cmdline`, 'utf8').catch(() => '')
    if (/^[^\0]*ffmpeg\0/.test(command) && command.includes('\0-filter_complex\0')) encoders.push(one)
  }
  return encoders
}

export const killAll = (pids: readonly number[]): void => {
  for (const pid of pids) {
    try {
      process.kill(pid, 'SIGKILL')
    } catch {
      // Gone already, perhaps because another one of them is.
    }
  }
}

export const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
