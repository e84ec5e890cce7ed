import { stat } from 'node:fs/promises'
import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type CallApi, createApiClient } from '../../src/cli/api-client.ts'
import type { AssetId } from '../../src/core/shared/ids.ts'
import { insertAsset, outcomeOf, refused } from '../contract/asset-fixtures.ts'
import { REGION } from '../contract/support.ts'
import { thorough } from '../support/cases.ts'
import { BUCKET, type Installation, startInstallation } from '../support/installation.ts'
import { clip } from '../support/media.ts'
import { PATIENT, until } from '../support/until.ts'
import { decoded } from './decoded.ts'
import { encodersBelow, runTelecine, type TelecineProcess } from './processes.ts'

let installation: Installation
beforeAll(async () => {
  installation = await startInstallation({ worker: 'none' })
  await installation.tenant.native('PUT', '/settings/retention', { delete_source_after_transcode: true })
})
afterAll(() => installation[Symbol.asyncDispose]())

/** Below the asset's folder directly lies the source alone. */
const sourcesOf = async (id: AssetId) => (await installation.objects(id)).filter((key) => !key.includes('/'))
const workOf = async (id: AssetId, kind: string) =>
  (await installation.server.foundation.engine.workOf(id)).filter((one) => one.kind === kind)
const released = (id: AssetId) =>
  until('the source is gone', async () => {
    await installation.hurry()
    return (await sourcesOf(id)).length === 0
  })

thorough(
  'workers that are killed at any time: the source goes after its transcode, everything made of it is whole',
  PATIENT,
  async () => {
    const source = await clip({
      seconds: 5,
      args: ['-vf', 'scale=854:480', '-c:v', 'libx264', '-preset', 'ultrafast'],
    })
    await installation.put('killed.mp4', { file: source })
    const id = await installation.import('killed.mp4')
    {
      await using first = runTelecine(['worker'], installation.environment)
      await until('an encode is under way', async () => (await encodersBelow(first.pid))[0])
      first.child.kill('SIGKILL')
    }
    expect(await sourcesOf(id)).toHaveLength(1)
    {
      await using second = runTelecine(['worker'], installation.environment)
      await until('the transcode is done', async () => {
        const [transcode] = await workOf(id, 'transcode')
        return transcode?.state === 'done'
      })
      second.child.kill('SIGKILL')
    }
    await using third = runTelecine(['worker'], installation.environment)
    await released(id)
    expect(third.child.exitCode).toBeNull()
    expect(await workOf(id, 'release')).toMatchObject([{ state: 'done' }])
    expect(await workOf(id, 'storyboard')).toMatchObject([{ state: 'done' }])
    const { frames } = await decoded(source)
    const [, ...renditions] = await installation.streams(id)
    for (const { url } of renditions) expect((await decoded(url)).frames).toBe(frames)
    const theirs = { bucket: BUCKET, key: 'killed.mp4' }
    expect(await installation.server.foundation.store.head(theirs)).toBeDefined()
    expect(await installation.objects(id)).toEqual(expect.arrayContaining(['cover/Cover0.jpg']))
  },
)

thorough(
  'a worker that is killed while assets expire: another one deletes the rest, and each is deleted once',
  PATIENT,
  async () => {
    const { server, tenant } = installation
    const expiresAt = new Date()
    const ids: AssetId[] = []
    for (let n = 0; n < 200; n++) ids.push(await insertAsset(server, tenant, { expiresAt }))
    const { db } = server.foundation
    const deleted = async () => {
      const rows = await db.selectFrom('asset').select('id').where('ingest_state', '=', 'deleted').execute()
      return rows.filter(({ id }) => ids.includes(id as AssetId)).length
    }
    {
      await using first = runTelecine(['worker'], installation.environment)
      await until('some are deleted', async () => (await deleted()) > 0)
      first.child.kill('SIGKILL')
    }
    expect(await deleted()).toBeLessThan(ids.length)
    await using _second = runTelecine(['worker'], installation.environment)
    await using _third = runTelecine(['worker'], installation.environment)
    await until('all are deleted', async () => (await deleted()) === ids.length)
    const { rows } = await sql<{ sweeps: number }>`
    select distinct count(*)::integer as sweeps from engine.step where kind = 'sweep' and subject = any(${ids})
    group by subject
  `.execute(db)
    expect(rows).toEqual([{ sweeps: 3 }])
  },
)

test(
  'all of it together: within the quota, without a source, gone at its date, and the log knows',
  PATIENT,
  async () => {
    const { server, tenant } = installation
    await using _worker = runTelecine(['worker'], installation.environment)
    const quota = (quota_bytes: number) =>
      tenant.native('PUT', '/projects/storage-quota', { name: REGION, quota_bytes })
    await tenant.native('PUT', '/settings/retention', { expire_after_days: 1 })
    const file = await clip({ seconds: 2 })
    await installation.put('all.mp4', { file })
    const storage = async () => Object(await tenant.native('GET', '/storage')).used_bytes
    const before = await storage()
    await quota(before + 1)
    expect(await outcomeOf(installation.import('all.mp4'))).not.toBe('accepted')
    await quota(before + (await stat(file)).size)
    const id = await installation.import('all.mp4')
    await installation.settled(id)
    await released(id)
    const outputs = (await server.foundation.reader.renditions([id])).get(id) ?? []
    expect(await storage()).toBe(before + outputs.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0))
    const again = { asset_id: id, template_group_name: 'system_template_group' }
    expect(await refused(tenant.call('POST', '/asset/process', { body: again }))).toMatch(/VOD.10083$/)
    const expires_at = new Date(Date.now() + 1_000).toISOString()
    await tenant.native('PUT', '/assets/expiry', { asset_id: id, expires_at })
    await until('nothing is left of it', async () => (await installation.objects(id)).length === 0)
    expect(await storage()).toBe(before)
    const { entries } = Object(await tenant.native('GET', `/audit?asset_id=${id}`))
    expect(entries.map(({ operation, role }: never) => [operation, role])).toEqual([
      ['expireAsset', 'system'],
      ['updateAssetExpiry', 'operator'],
      ['createAssetProcessTask', 'operator'],
      ['releaseSource', 'system'],
      ['publishAssetFromObs', 'operator'],
    ])
  },
)

test(
  'an API that is told to stop writes its part of the log first; one that is killed loses the last moment at most',
  PATIENT,
  async () => {
    const { server, tenant, environment } = installation
    const logged = async (operation: string) => {
      const { rows } = await sql`select 1 from audit_entry where operation = ${operation}`.execute(server.foundation.db)
      return rows.length
    }
    const calls = async (call: CallApi, path: string) => {
      for (let n = 0; n < 20; n++) await outcomeOf(call('PUT', `/telecine/v1/${tenant.projectId}${path}`, {}))
    }
    const apiOf = async (process: TelecineProcess) => {
      const endpoint = (await process.said('telecine ready ')).slice('telecine ready '.length)
      return createApiClient({ endpoint, key: tenant.key })
    }
    await using stopped = runTelecine(['serve'], { ...environment, TELECINE_LISTEN: '127.0.0.1:0' })
    await calls(await apiOf(stopped), '/assets/expiry')
    const before = await logged('updateAssetExpiry')
    stopped.child.kill('SIGTERM')
    expect(await stopped.ended).toBe(0)
    // One of the test before, by the API in this process.
    expect([await logged('updateAssetExpiry'), before <= 21]).toEqual([21, true])
    await using killed = runTelecine(['serve'], { ...environment, TELECINE_LISTEN: '127.0.0.1:0' })
    const call = await apiOf(killed)
    await calls(call, '/assets/encryption')
    await until('they are written', async () => (await logged('updateAssetEncryption')) === 20)
    await calls(call, '/assets/encryption')
    killed.child.kill('SIGKILL')
    await killed.ended
    expect(await logged('updateAssetEncryption')).toBeLessThanOrEqual(40)
  },
)
