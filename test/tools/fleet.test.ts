import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { createDatabase } from '../support/database.ts'

test('the simulation of a fleet works off a backlog without a lost claim or a warning', async () => {
  await using database = await createDatabase()
  const { stdout } = await promisify(execFile)(process.execPath, ['bench/fleet.ts', '--quick', '--url', database.url])
  const [, completed] = /^tasks: (\d+) completed/m.exec(stdout) ?? []
  expect(Number(completed)).toBeGreaterThan(0)
  expect(stdout).toContain('claims lost: 0; warnings: none')
})
