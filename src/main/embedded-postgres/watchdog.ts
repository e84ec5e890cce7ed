import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'

// Reads process ids until its standard input ends, which the kernel sees to when we are gone, however that happened. In its own
// session and deaf to signals, so that Ctrl-C or a kill of our group does not take it along. Signals the last one only while it
// is still the one on the cluster: after an orderly stop, or when a new owner was faster, there is nothing to do.
const SCRIPT = `trap '' INT TERM HUP
while read -r line; do pid=$line; done
read -r current <"$0" && [ "$pid" = "$current" ] && kill -INT "$pid"`

/**
 * Starts the tiny process that tells PostgreSQL to stop (fast shutdown) when this process dies without having done so, even by
 * kill -9. Tell it of every postmaster with `guard`; close its standard input to end it.
 */
export const spawnWatchdog = (cluster: string): ChildProcess => {
  const child = spawn('/bin/sh', ['-c', SCRIPT, join(cluster, 'postmaster.pid')], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
    cwd: '/',
  })
  child.unref()
  // It may be killed while we write or close; its end is watched through 'exit'.
  child.stdin?.on('error', () => undefined)
  return child
}

/** From now on this is the process to stop. */
export const guard = (watchdog: ChildProcess, postmaster: number): void => {
  watchdog.stdin?.write(`${postmaster}\n`)
}
