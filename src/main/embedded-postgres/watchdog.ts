import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'

// Reads until its standard input ends, which the kernel sees to when we are gone, however that happened. In its own session
// and deaf to signals, so that Ctrl-C or a kill of our group does not take it along.
const SCRIPT = `trap '' INT TERM HUP
read -r _
read -r pid <"$0" && kill -INT "$pid"`

/**
 * Starts the tiny process that tells PostgreSQL to stop (fast shutdown) when this process dies without having done so, even by
 * kill -9. After an orderly stop there is no `postmaster.pid` any more and it just ends. Close its standard input to end it.
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
