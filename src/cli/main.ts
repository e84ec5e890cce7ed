import { fileURLToPath } from 'node:url'
import { ConfigError } from '../main/config.ts'
import { DataFolderInUseError } from '../main/data-folder-lock.ts'
import { runMigrate, runServe, runStart, runWorkerCommand } from '../main/run-command.ts'

const USAGE = `usage: telecine COMMAND

  start [FILE]   everything on this machine; with FILE, makes an asset of it and says where to watch it
  serve          one API process on an external PostgreSQL
  worker         one worker process on an external PostgreSQL
  migrate        bring an external database up to date

Settings are TELECINE_* environment variables: docs/running.md`

const run = async ([name, ...args]: readonly string[]): Promise<void> => {
  switch (name) {
    case 'start':
      return runStart(fileURLToPath(import.meta.url), args[0])
    case 'serve':
      return runServe()
    case 'worker':
      return runWorkerCommand()
    case 'migrate':
      return runMigrate()
    default:
      console.error(USAGE)
      process.exitCode = 2
  }
}

try {
  await run(process.argv.slice(2))
  // An idle keep-alive socket of a client must not hold up the end.
  process.exit()
} catch (error) {
  // What a person can mend is one line; a bug shows where it is.
  const plain = error instanceof ConfigError || error instanceof DataFolderInUseError
  console.error(plain ? error.message : error)
  process.exit(plain ? 2 : 1)
}
