import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { randomBytes, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { accessSync, constants } from 'node:fs'
import { mkdir, mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import { freePort } from './free-port.ts'

const PROGRAMS = ['ceph', 'ceph-authtool', 'ceph-mon', 'ceph-osd', 'monmaptool', 'radosgw', 'radosgw-admin', 'setpriv']
const COMMAND_TIMEOUT_MS = 60_000
const READY_TIMEOUT_MS = 60_000
const MAX_STARTS = 3

/** A Ceph object gateway with all that it needs, in memory, on loopback. */
export interface Radosgw extends AsyncDisposable {
  readonly endpoint: string
  readonly accessKey: string
  readonly secretKey: string
}

/** Whether Debian's packages are there: `.ci/install-ceph` installs them. */
export const hasRadosgw = (): boolean =>
  PROGRAMS.every((program) => (process.env['PATH'] ?? '').split(delimiter).some((folder) => isProgram(folder, program)))

/** Takes some ten seconds. Tried again, because a port that was free may be taken a moment later. */
export const startRadosgw = async (): Promise<Radosgw> => {
  for (let start = 1; ; start++) {
    const cluster = await Cluster.create()
    try {
      return await startGateway(cluster)
    } catch (error) {
      const logs = await cluster.logs()
      await cluster[Symbol.asyncDispose]()
      if (start === MAX_STARTS) throw new Error(`radosgw did not start: ${logs}`, { cause: error })
    }
  }
}

/** One monitor, one store daemon, one gateway: the smallest that speaks S3. */
const startGateway = async (cluster: Cluster): Promise<Radosgw> => {
  const [monitorPort, gatewayPort] = [await freePort(), await freePort()]
  const ids = { cluster: randomUUID(), store: randomUUID() }
  const accessKey = randomBytes(10).toString('hex')
  const secretKey = randomBytes(20).toString('hex')
  await cluster.configure(ids.cluster, monitorPort)
  await createKeys(cluster)

  const monmap = cluster.path('monmap')
  const address = `[v2:127.0.0.1:${monitorPort}]`
  await cluster.run('monmaptool', ['--create', '--fsid', ids.cluster, '--addv', 'a', address, monmap])
  await cluster.run('ceph-mon', ['--mkfs', '-i', 'a', '--monmap', monmap, '--keyring', cluster.path('keyring')])
  await cluster.start('ceph-mon', ['-i', 'a'])
  // Answers once the monitor has formed its quorum of one.
  await cluster.run('ceph', ['-n', 'client.admin', '--connect-timeout', '30', 'osd', 'new', ids.store])
  await cluster.run('ceph-osd', ['-i', '0', '--mkfs', '--osd-uuid', ids.store])
  await cluster.start('ceph-osd', ['-i', '0'])
  // The first of these makes the gateway's pools; two at a time would race for them.
  const account = ['--uid=test', '--display-name=test', `--access-key=${accessKey}`, `--secret-key=${secretKey}`]
  await cluster.run('radosgw-admin', ['-n', 'client.admin', 'user', 'create', ...account])
  await cluster.start('radosgw', ['-n', 'client.admin', `--rgw-frontends=beast endpoint=127.0.0.1:${gatewayPort}`])
  const endpoint = `http://127.0.0.1:${gatewayPort}`
  await cluster.waitUntilAnswers(endpoint)
  return { endpoint, accessKey, secretKey, [Symbol.asyncDispose]: () => cluster[Symbol.asyncDispose]() }
}

const createKeys = async (cluster: Cluster): Promise<void> => {
  const keyring = cluster.path('keyring')
  const all = ['--cap', 'mon', 'allow *', '--cap', 'osd', 'allow *', '--cap', 'mgr', 'allow *']
  const store = ['--cap', 'mon', 'allow profile osd', '--cap', 'osd', 'allow *']
  await cluster.run('ceph-authtool', ['--create-keyring', keyring, '--gen-key', '-n', 'mon.', ...all])
  await cluster.run('ceph-authtool', [keyring, '--gen-key', '-n', 'client.admin', ...all])
  await cluster.run('ceph-authtool', [keyring, '--gen-key', '-n', 'osd.0', ...store])
}

/** The daemons and the folder of one cluster. */
class Cluster implements AsyncDisposable {
  readonly #folder: string
  readonly #daemons: ChildProcess[] = []

  private constructor(folder: string) {
    this.#folder = folder
  }

  static async create(): Promise<Cluster> {
    return new Cluster(await mkdtemp(join(tmpdir(), 'radosgw-')))
  }

  path(name: string): string {
    return join(this.#folder, name)
  }

  async configure(id: string, monitorPort: number): Promise<void> {
    for (const folder of ['mon', 'osd', 'rgw']) await mkdir(this.path(folder))
    await writeFile(this.path('ceph.conf'), configuration(this.#folder, { id, monitorPort }))
  }

  async run(program: string, args: readonly string[]): Promise<void> {
    // `monmaptool` and `ceph-authtool` take the configuration too.
    await promisify(execFile)(program, ['-c', this.path('ceph.conf'), ...args], { timeout: COMMAND_TIMEOUT_MS })
  }

  /** A daemon that ends with this process, however that ends. */
  async start(program: string, args: readonly string[]): Promise<void> {
    await using log = await open(this.path(`${program}.out`), 'w')
    const command = ['--pdeathsig', 'KILL', '--', program, '-c', this.path('ceph.conf'), ...args, '-f']
    const daemon = spawn('setpriv', command, { stdio: ['ignore', log.fd, log.fd] })
    this.#daemons.push(daemon)
    await once(daemon, 'spawn')
  }

  async waitUntilAnswers(endpoint: string): Promise<void> {
    const deadline = AbortSignal.timeout(READY_TIMEOUT_MS)
    for (;;) {
      deadline.throwIfAborted()
      const dead = this.#daemons.find((daemon) => daemon.exitCode !== null || daemon.signalCode !== null)
      if (dead) throw new Error(`${dead.spawnargs.join(' ')} ended`)
      try {
        await fetch(endpoint, { signal: deadline })
        return
      } catch {
        await delay(50)
      }
    }
  }

  async logs(): Promise<string> {
    const names = ['ceph-mon.out', 'ceph-osd.out', 'radosgw.out']
    const texts = await Promise.all(names.map((name) => readFile(this.path(name), 'utf8').catch(() => '')))
    return texts.join('\n').slice(-4_000)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Everything is in memory and thrown away, so nothing needs to be saved.
    await Promise.all(
      this.#daemons.map(async (daemon) => {
        if (daemon.exitCode !== null || daemon.signalCode !== null) return
        const ended = once(daemon, 'exit')
        daemon.kill('SIGKILL')
        await ended
      }),
    )
    await rm(this.#folder, { recursive: true, force: true })
  }
}

const configuration = (folder: string, { id, monitorPort }: { readonly id: string; readonly monitorPort: number }) => `
[global]
fsid = ${id}
mon_host = [v2:127.0.0.1:${monitorPort}]
mon_initial_members = a
public_network = 127.0.0.0/8
ms_bind_ipv6 = false
auth_cluster_required = cephx
auth_service_required = cephx
auth_client_required = cephx
keyring = ${folder}/keyring
run_dir = ${folder}
admin_socket =
log_file =
mon_cluster_log_file =
log_to_stderr = true
mon_data = ${folder}/mon
osd_data = ${folder}/osd
rgw_data = ${folder}/rgw
osd_objectstore = memstore
memstore_device_bytes = 4294967296
osd_pool_default_size = 1
osd_pool_default_min_size = 1
osd_pool_default_pg_num = 1
osd_pool_default_pgp_num = 1
osd_crush_chooseleaf_type = 0
mon_allow_pool_size_one = true
# A pool takes several rounds of these; the gateway makes six pools.
paxos_propose_interval = 0.02
paxos_min_wait = 0.01
rgw_enable_usage_log = false
rgw_enable_ops_log = false
rgw_run_sync_thread = false
rgw_enable_gc_threads = false
rgw_enable_lc_threads = false
`

const isProgram = (folder: string, program: string): boolean => {
  try {
    accessSync(join(folder, program), constants.X_OK)
    return true
  } catch {
    return false
  }
}
