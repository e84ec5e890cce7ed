import { execFile } from 'node:child_process'
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { createApiClient } from '../../src/cli/api-client.ts'
import { type ExternalPostgres, missingPostgres, startExternalPostgres } from '../support/external-postgres.ts'
import { startInstallation } from '../support/installation.ts'
import { clip } from '../support/media.ts'
import { mustTestAll } from '../support/object-store.ts'
import { PATIENT, until } from '../support/until.ts'
import { decoded } from './decoded.ts'
import { encodersBelow, runTelecine } from './processes.ts'

const run = promisify(execFile)
const missing = missingPostgres()

if (missing !== undefined) {
  test.skipIf(!mustTestAll())(`a backup is restored: ${missing}`, () => expect.fail(missing))
}

const programOf = ({ majorVersion }: ExternalPostgres, name: string) =>
  `/usr/lib/postgresql/${majorVersion}/bin/${name}`

/** As docs/running.md has it: the database first, then the bucket, beside whatever runs. */
test.skipIf(missing !== undefined)(
  'database, master key and buckets, taken while a film is encoded, are an installation again elsewhere',
  PATIENT,
  async () => {
    await using first = await startExternalPostgres()
    await using second = await startExternalPostgres()
    const folder = await mkdtemp(join(tmpdir(), 'telecine-backup-'))
    await using cleanup = new AsyncDisposableStack()
    cleanup.defer(() => rm(folder, { recursive: true, force: true }))
    const dump = join(folder, 'telecine.dump')

    await using installation = await startInstallation({
      worker: 'none',
      settings: { TELECINE_DATABASE_URL: first.url },
    })
    const { tenant, environment } = installation
    await using worker = runTelecine(['worker'], environment)
    const film = await clip({ seconds: 4 })
    await installation.put('done.mp4', { file: film })
    const done = await installation.import('done.mp4', { encrypt: true })
    expect((await installation.settled(done)).transcode_status).toBe('TRANSCODE_SUCCEED')
    const slow = ['-vf', 'scale=1280:720', '-c:v', 'libx264', '-preset', 'ultrafast', '-c:a', 'aac']
    const longer = await clip({ seconds: 8, args: slow })
    await installation.put('under-way.mp4', { file: longer })
    const underWay = await installation.import('under-way.mp4')
    await until('the second film is encoded', async () => (await encodersBelow(worker.pid)).length > 0)

    await run(programOf(first, 'pg_dump'), ['--format=custom', '--no-owner', `--file=${dump}`, first.url])
    // What comes between the two is litter in the copy.
    await installation.put('late.mp4', { file: film })
    const late = await installation.import('late.mp4')
    const { store, config } = installation.server.foundation
    const ofLate = { bucket: config.vodBucket, prefix: `${tenant.projectId}/${late}/` }
    await until('the late film was copied', async () => {
      const keys = await Array.fromAsync(store.list(ofLate.bucket, ofLate.prefix), ({ key }) => key)
      return keys.length > 0
    })
    await cp(join(installation.dataDir, 'buckets'), join(folder, 'data', 'buckets'), { recursive: true })
    worker.child.kill('SIGKILL')
    await run(programOf(second, 'pg_restore'), ['--no-owner', '--exit-on-error', `--dbname=${second.url}`, dump])

    const restored = {
      ...environment,
      ...{ TELECINE_DATABASE_URL: second.url, TELECINE_DATA_DIR: join(folder, 'data'), TELECINE_LISTEN: '127.0.0.1:0' },
    }
    await using serve = runTelecine(['serve'], restored)
    const endpoint = (await serve.said('telecine ready ')).slice('telecine ready '.length)
    await using _worker = runTelecine(['worker'], restored)
    const call = createApiClient({ endpoint, key: tenant.key })
    const native = `/telecine/v1/${tenant.projectId}`
    await until('what was under way is done', async () => {
      const { state } = await call('GET', `${native}/assets/${underWay}/progress`)
      expect(state).not.toBe('failed')
      return state === 'complete'
    })
    const { token } = await call('POST', `${native}/assets/play-tokens`, { asset_id: done, viewer: 'alice' })
    const urls = [
      `${endpoint}/asset/${done}/play_video/index.m3u8?token=${token}`,
      `${endpoint}/asset/${underWay}/play_video/index.m3u8`,
    ]
    for (const [n, source] of [film, longer].entries()) {
      expect((await decoded(urls[n] ?? '')).frames).toBe((await decoded(source)).frames)
    }
    await using littered = runTelecine(['audit', '--json'], restored)
    expect(await littered.ended).toBe(1)
    const found = littered.lines.map((line) => JSON.parse(line))
    for (const { kind, key } of found) expect([kind, key]).toEqual(['orphan', expect.stringContaining(ofLate.prefix)])
    for (const { bucket, key } of found) await rm(join(folder, 'data', 'buckets', bucket, key))
    await using audit = runTelecine(['audit'], restored)
    expect(await audit.ended).toBe(0)
  },
)
