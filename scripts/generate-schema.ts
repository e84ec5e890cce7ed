/** Writes the table types from the migrations. `--check` writes nothing and fails when the file is not what it would write. */
import { spawnSync } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { connect } from '../src/adapters/postgres/connect.ts'
import { migrate } from '../src/adapters/postgres/migrate.ts'
import { startEmbeddedPostgres } from '../src/main/embedded-postgres/start-embedded-postgres.ts'

const root = dirname(import.meta.dirname)
const target = join(root, 'src/adapters/postgres/schema.generated.ts')
const folder = await mkdtemp(join(tmpdir(), 'telecine-schema-'))

const generate = async (): Promise<string> => {
  const log = { debug: () => undefined, info: console.log, warn: console.warn }
  await using postgres = await startEmbeddedPostgres({ dataDir: folder, fsync: 'off', log })
  await using db = connect(postgres.url, { max: 1, applicationName: 'generate-schema' })
  await migrate(db)
  const output = join(folder, 'schema.ts')
  const args = ['--url', postgres.url, '--dialect', 'postgres', '--out-file', output, '--numeric-parser', 'number']
  const types = ['--type-mapping', '{"int8":"number"}', '--exclude-pattern', '{kysely_*,pgboss.*}']
  const { status } = spawnSync(join(root, 'node_modules/.bin/kysely-codegen'), [...args, ...types], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  if (status !== 0) throw new Error(`kysely-codegen failed with exit code ${status}`)
  return readFile(output, 'utf8')
}

try {
  const schema = await generate()
  if (!process.argv.includes('--check')) {
    await writeFile(target, schema)
  } else if (schema !== (await readFile(target, 'utf8').catch(() => ''))) {
    console.error(
      'src/adapters/postgres/schema.generated.ts is not what the migrations say; run: node scripts/generate-schema.ts',
    )
    process.exitCode = 1
  }
} finally {
  await rm(folder, { recursive: true, force: true })
}
