import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { chown, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { mustTestAll } from './object-store.ts'
import { until } from './until.ts'

const PROGRAM = '/usr/sbin/nginx'
const MODULE = '/usr/lib/nginx/modules/ngx_http_cache_purge_module.so'
const TEMPLATE = join(import.meta.dirname, '../../deploy/edge/nginx.conf.template')

const missing = [PROGRAM, MODULE].every(existsSync)
  ? undefined
  : 'no nginx: install nginx-light and libnginx-mod-http-cache-purge (Debian)'

/** For `skipIf`: left out where there is no nginx, unless all must be tested; then it fails. */
export const withoutNginx = missing !== undefined && !mustTestAll()

/** Names tests that need an nginx; where they are left out, by the reason. */
export const throughNginx = (name: string): string => (withoutNginx ? `${name}: ${missing}` : name)

export interface EdgeOptions {
  readonly port: number
  /** Where it gets what it does not have. */
  readonly origin: string
  readonly purgeSecret: string
}

/** Without the module that purges; where there are no tests that could be left out. */
export const requireNginx = (): void => {
  if (!existsSync(PROGRAM)) throw new Error('no nginx: install nginx-light (Debian)')
}

const NOBODY = 65_534

/** An edge as `deploy/edge` describes it, on a port of loopback and a folder of its own, without any rights. */
export const startEdge = async ({ port, origin, purgeSecret }: EdgeOptions): Promise<AsyncDisposable> => {
  await using cleanup = new AsyncDisposableStack()
  const folder = await mkdtemp(join(tmpdir(), 'edge-'))
  cleanup.defer(() => rm(folder, { recursive: true, force: true }))
  const values: Readonly<Record<string, string>> = {
    ...{ EDGE_DIR: folder, EDGE_LISTEN: `127.0.0.1:${port}`, EDGE_ORIGIN: new URL(origin).host },
    ...{ EDGE_PURGE_SECRET: purgeSecret, EDGE_CACHE_SIZE: '1g' },
  }
  const template = await readFile(TEMPLATE, 'utf8')
  const config = template.replace(/\$\{(EDGE_\w+)\}/g, (_, name: string) => values[name] ?? '')
  cleanup.use(await startNginx({ folder, config, port }))
  const stack = cleanup.move()
  return { [Symbol.asyncDispose]: () => stack.disposeAsync() }
}

interface NginxOptions {
  /** Its own, also to write to. */
  readonly folder: string
  readonly config: string
  /** That the config has it listen on. */
  readonly port: number
}

/** Answering, and without any rights. */
export const startNginx = async ({
  folder,
  config,
  port,
}: NginxOptions): Promise<AsyncDisposable & { readonly pid: number }> => {
  const path = join(folder, 'nginx.conf')
  await writeFile(path, config)
  const isRoot = process.getuid?.() === 0
  if (isRoot) await chown(folder, NOBODY, NOBODY)
  const child = spawn(PROGRAM, ['-e', 'stderr', '-c', path, '-g', 'daemon off;'], {
    stdio: ['ignore', 'ignore', 'pipe'],
    ...(isRoot && { uid: NOBODY, gid: NOBODY }),
  })
  let complaints = ''
  child.stderr.on('data', (text) => {
    complaints += text
  })
  const ended = once(child, 'close')
  await using cleanup = new AsyncDisposableStack()
  cleanup.defer(async () => {
    child.kill('SIGTERM')
    await ended
  })
  const { pid } = child
  await until('nginx answers', async () => {
    if (pid === undefined || child.exitCode !== null) throw new Error(`nginx ended: ${complaints}`)
    return fetch(`http://127.0.0.1:${port}/`).then(
      ({ status }) => status === 404,
      () => false,
    )
  })
  if (pid === undefined) throw new Error('nginx has no pid')
  const stack = cleanup.move()
  return { pid, [Symbol.asyncDispose]: () => stack.disposeAsync() }
}
