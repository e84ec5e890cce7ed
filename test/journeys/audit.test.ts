import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { builtProgram } from '../support/built-program.ts'
import { startInstallation } from '../support/installation.ts'
import { clip } from '../support/media.ts'
import { PATIENT } from '../support/until.ts'

const run = promisify(execFile)

test('a real asset audits clean, and what is taken away or added is named by the command', PATIENT, async () => {
  await using installation = await startInstallation()
  const { server, tenant, environment } = installation
  const { store, config } = server.foundation
  const audit = async (...args: readonly string[]) => {
    const command = [builtProgram(), 'audit', ...args]
    return run(process.execPath, command, { env: { PATH: process.env['PATH'], ...environment } })
      .then(({ stdout }) => ({ code: 0, stdout }))
      .catch((error: unknown) => ({ code: Number(Object(error).code), stdout: String(Object(error).stdout) }))
  }
  await installation.put('film.mp4', { file: await clip({ seconds: 4 }) })
  const id = await installation.import('film.mp4')
  await installation.settled(id)
  expect(await audit()).toEqual({ code: 0, stdout: expect.stringContaining('0 missing, 0 stuck, 0 without an owner') })
  const segment = (await installation.objects(id)).find((path) => path.endsWith('/00000.m4s'))
  const folder = `${tenant.projectId}/${id}/`
  await store.remove(config.vodBucket, [`${folder}${segment}`])
  await store.put({ bucket: config.vodBucket, key: 'left.over' }, Buffer.from('x'), { contentType: 'text/plain' })
  const { code, stdout } = await audit('--json')
  const found = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  expect(code).toBe(1)
  expect(found.filter(({ kind }) => kind !== 'awaits_sweep')).toEqual([
    { kind: 'missing', asset: id, bucket: config.vodBucket, key: `${folder}${segment}` },
    { kind: 'orphan', bucket: config.vodBucket, key: 'left.over' },
  ])
})
