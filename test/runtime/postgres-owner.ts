import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { sql } from 'kysely'
import { connect } from '../../src/adapters/postgres/connect.ts'

export const isRoot = process.getuid?.() === 0

/** Nothing is said unless a test fails on it. */
export const quiet = { debug: () => undefined, info: () => undefined, warn: () => undefined }

/** A process that owns an embedded PostgreSQL; killed with everything it started at the end. */
export interface PostgresOwner extends AsyncDisposable {
  readonly process: ChildProcess
  readonly url: string
  readonly postmaster: number
}

const PROGRAM = join(import.meta.dirname, 'own-postgres.ts')

/** `wrapper`: a command that runs the owner with other rights. */
export const startOwner = async (dataDir: string, wrapper: readonly string[] = []): Promise<PostgresOwner> => {
  const [file = '', ...args] = [...wrapper, process.execPath, PROGRAM, dataDir]
  const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'pipe'], cwd: '/' })
  const complaints: string[] = []
  child.stderr.on('data', (text) => complaints.push(String(text)))
  const [line] = await Promise.race([
    once(createInterface({ input: child.stdout }), 'line'),
    once(child, 'exit').then(() => Promise.reject(new Error(`the owner ended: ${complaints.join('')}`))),
  ])
  const { url, pid }: { url: string; pid: number } = JSON.parse(String(line))
  return {
    process: child,
    url,
    postmaster: pid,
    async [Symbol.asyncDispose]() {
      await kill(child)
      // Its watchdog does the rest.
      await until(() => !isAlive(pid))
    },
  }
}

/** kill -9 and wait for the end. */
export const kill = async (child: ChildProcess): Promise<void> => {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGKILL')
  await ended
}

export const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

/** The shell that waits on the owner's pipe. Linux only. */
export const watchdogOf = async (owner: number): Promise<number | undefined> => {
  const children = await readFile(`/proc/${owner}/task/${owner}/children`, 'utf8')
  for (const pid of children.trim().split(' ').filter(Boolean)) {
    const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
    if (command.startsWith('/bin/sh')) return Number(pid)
  }
  return undefined
}

/** Waits for something that is bound to become true; gives up after 20 s. */
export const until = async (condition: () => boolean | Promise<boolean>): Promise<void> => {
  const deadline = Date.now() + 20_000
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`not within 20 s: ${condition}`)
    await delay(20)
  }
}

/** Runs one statement on a connection of its own; answers the first column. */
export const ask = async (url: string, statement: string): Promise<readonly unknown[]> => {
  const db = connect(url, { max: 1, applicationName: 'telecine test' })
  try {
    const { rows } = await sql.raw(statement).execute(db)
    return rows.map((row) => Object.values(Object(row))[0])
  } finally {
    await db.destroy()
  }
}
