import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { open, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { type Credentials, readCredentials } from '../src/main/credentials.ts'
import { type Bench, ROOT } from './bench.ts'
import { treeOf } from './processes.ts'
import { SignedClient } from './signed-client.ts'

export interface ProductOptions {
  readonly command: 'start' | 'serve'
  readonly dataDir: string
  readonly environment?: Readonly<Record<string, string>>
}

const READY_PATIENCE_MS = 120_000
/** Above what the product itself allows a worker to drain. */
const STOP_PATIENCE_MS = 60_000

/**
 * The built product as its users run it, with its defaults, on a free port. Its channel closes when this process dies, however
 * that happens; it takes that for SIGTERM.
 */
export class Product implements AsyncDisposable {
  readonly dataDir: string
  readonly pid: number
  /** From the start of the process to its word that it is ready. */
  readonly readySeconds: number
  readonly credentials: Credentials
  readonly #child: ChildProcess

  private constructor(child: ChildProcess, facts: Pick<Product, 'dataDir' | 'pid' | 'readySeconds' | 'credentials'>) {
    this.#child = child
    this.dataDir = facts.dataDir
    this.pid = facts.pid
    this.readySeconds = facts.readySeconds
    this.credentials = facts.credentials
  }

  static async start({ signal }: Bench, { command, dataDir, environment }: ProductOptions): Promise<Product> {
    signal.throwIfAborted()
    const logPath = `${dataDir}.log`
    await using log = await open(logPath, 'a')
    const startedAt = performance.now()
    const child = spawn(process.execPath, [join(ROOT, 'bin/telecine.js'), command], {
      env: {
        ...environmentWithoutSettings(),
        ...environment,
        TELECINE_DATA_DIR: dataDir,
        TELECINE_LISTEN: '127.0.0.1:0',
      },
      stdio: ['ignore', 'pipe', log.fd, 'ipc'],
      // Ctrl-C in our terminal is for us; we end it in good order.
      detached: true,
    })
    try {
      await ready(child, signal)
      const readySeconds = (performance.now() - startedAt) / 1000
      const [credentials, { pid }] = [await readCredentials(dataDir), child]
      if (!credentials || pid === undefined) throw new Error('the product is ready, but left no credentials')
      return new Product(child, { dataDir, pid, readySeconds, credentials })
    } catch (cause) {
      await end(child)
      const said = (await readFile(logPath, 'utf8')).slice(-2000)
      throw new Error(`telecine ${command} did not become ready; its last words: ${said}`, { cause })
    }
  }

  client({ connections }: { readonly connections: number }): SignedClient {
    const { endpoint, access_key: access, secret_key: secret } = this.credentials
    return new SignedClient(endpoint, { key: { access, secret }, connections })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await end(this.#child)
  }
}

/** Settings of whoever runs the bench are not the defaults; only where the programs lie is taken over. */
const environmentWithoutSettings = (): NodeJS.ProcessEnv =>
  Object.fromEntries(
    Object.entries(process.env).filter(
      ([name]) => !name.startsWith('TELECINE_') || name === 'TELECINE_FFMPEG_PATH' || name === 'TELECINE_PG_BIN',
    ),
  )

/** `start` says so on stdout; `serve` tells who forked it. */
const ready = async (child: ChildProcess, signal: AbortSignal): Promise<void> => {
  const over = AbortSignal.any([signal, AbortSignal.timeout(READY_PATIENCE_MS)])
  const { stdout } = child
  if (!stdout) throw new Error('the product has no stdout')
  const lines = createInterface({ input: stdout })
  const line = new Promise<void>((resolve) => {
    lines.on('line', (text) => text.startsWith('telecine ready ') && resolve())
  })
  const gone = once(child, 'exit', { signal: over }).then(([code]) => {
    throw new Error(`it ended with ${code}`)
  })
  gone.catch(() => undefined)
  await Promise.race([line, once(child, 'message', { signal: over }), gone])
}

/** SIGTERM; what is still there of its tree after the longest drain is killed, each process by its pid. */
const end = async (child: ChildProcess): Promise<void> => {
  const { pid } = child
  if (pid === undefined || child.exitCode !== null || child.signalCode !== null) return
  const exited = once(child, 'exit')
  child.kill('SIGTERM')
  const patience = new AbortController()
  const late = delay(STOP_PATIENCE_MS, 'late', { signal: patience.signal }).catch(() => undefined)
  if ((await Promise.race([exited, late])) === 'late') {
    for (const process of treeOf(pid)) killIfThere(process.pid)
    await exited
  }
  patience.abort()
}

const killIfThere = (pid: number): void => {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It ended by itself a moment ago.
  }
}
