import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, test } from 'vitest'
import {
  expectRefusedByNewer,
  expectRefusedWhereThereIsNone,
  expectRefusedWithRights,
} from '../runtime/refused-by-database.ts'

// Every command with every refusal of a database; `test/runtime/refused-start.test.ts` has each of both.
let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'telecine-start-refused-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const refused = (command: string) => ({ command, dataDir: join(folder, 'external') })

describe.each(['serve', 'worker', 'migrate'])('%s is stopped by', (command) => {
  test('a database that does not let us in', () => expectRefusedWhereThereIsNone(refused(command)))
  test('a database of a newer version', () => expectRefusedByNewer(refused(command)))
})

test.each(['start', 'serve', 'worker', 'migrate'])(
  '%s is stopped by a role that may not make schemas',
  async (command) => {
    for (const rights of ['nothing', 'tables'] as const) await expectRefusedWithRights(rights, refused(command))
  },
)
