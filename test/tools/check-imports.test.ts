import { expect, test } from 'vitest'
import { findImportViolations } from '../../scripts/check-imports.ts'
import { sourceFixture } from './source-fixture.ts'

const violationsOf = (files: Readonly<Record<string, string>>): readonly string[] => {
  using fixture = sourceFixture(files)
  return findImportViolations(fixture.root)
}

test('this project keeps to its own tables', () => {
  expect(findImportViolations(process.cwd())).toEqual([])
})

test('what the tables allow is no violation', () => {
  const files = {
    'src/core/shared/ids.ts': `import { randomBytes } from 'node:crypto'\nimport type { Readable } from 'node:stream'`,
    'src/core/ingest/import.ts': `import { Asset } from '../catalog/asset.ts'\nimport { id } from '../shared/ids.ts'`,
    'src/core/lifecycle/decide.ts': `import { review } from '../review/verdict.ts'`,
    'src/core/catalog/asset.test.ts': `import { test } from 'vitest'`,
    'src/wire/index.ts': `import Type from 'typebox'\nimport { x } from 'typebox/value'\nimport { a } from '../core/catalog/asset.ts'`,
    'src/native/users.ts': `import { defineOperation } from '../wire/operation.ts'`,
    'src/adapters/postgres/db.ts': `import pg from 'pg'\nimport { e } from '../../engine/engine.ts'`,
    'src/main/serve.ts': `import { db } from '../adapters/postgres/db.ts'`,
  }
  expect(violationsOf(files)).toEqual([])
})

test.each([
  ['src/core/catalog/a.ts', `import { x } from '../../wire/fields.ts'`, 'core may not import wire'],
  ['src/core/catalog/a.ts', `import type { X } from '../ingest/b.ts'`, 'core/catalog may not import core/ingest'],
  ['src/core/catalog/a.ts', `type X = import('../lifecycle/b.ts').X`, 'core/catalog may not import core/lifecycle'],
  ['src/core/shared/a.ts', `import { x } from '../catalog/b.ts'`, 'core/shared may not import core/catalog'],
  ['src/core/novelty/a.ts', `import { x } from '../shared/b.ts'`, 'there is no rule for src/core/novelty'],
  ['src/core/catalog/a.ts', `import { readFile } from 'node:fs/promises'`, 'no package but typebox, node:crypto'],
  ['src/core/catalog/a.ts', `const x = await import('kysely')`, 'no package but typebox, node:crypto'],
  ['src/wire/a.ts', `import { x } from '../adapters/clock.ts'`, 'wire may not import adapters'],
  ['src/wire/a.ts', `import typeboxer from 'typeboxer'`, 'no package but typebox, node:crypto'],
  ['src/native/a.ts', `import { x } from '../wire/errors.ts'`, 'native may not import wire'],
  ['src/engine/a.ts', `import { x } from '../core/catalog/b.ts'`, 'engine may not import core'],
  ['src/adapters/a.ts', `import { x } from '../http/b.ts'`, 'adapters may not import http'],
  ['src/http/a.ts', `import { x } from '../engine/b.ts'`, 'http may not import engine'],
  ['src/cli/a.ts', `import { x } from '../core/shared/ids.ts'`, 'cli may not import core'],
  ['src/novelty/a.ts', `import { x } from '../core/shared/ids.ts'`, 'there is no rule for src/novelty'],
  ['src/main/a.ts', `import { x } from '../../test/support/b.ts'`, 'src may import nothing outside src'],
  ['src/wire/a.ts', `export * from './b.ts'`, 'no barrels'],
  ['src/wire/a.ts', `export { b } from './b.ts'`, 'no barrels'],
])('%s with %s is refused', (path, text, rule) => {
  expect(violationsOf({ [path]: `\n${text}\n` })).toEqual([expect.stringMatching(`^${path}:2 imports .*: .*${rule}`)])
})

test('a cycle is told as the path that closes it; types alone make none', () => {
  const files = {
    'src/wire/a.ts': `import { b } from './b.ts'`,
    'src/wire/b.ts': `import { c } from './c.ts'`,
    'src/wire/c.ts': `import { a } from './a.ts'`,
  }
  expect(violationsOf(files)).toEqual(['cycle: src/wire/a.ts -> src/wire/b.ts -> src/wire/c.ts -> src/wire/a.ts'])
  expect(violationsOf({ ...files, 'src/wire/c.ts': `import type { A } from './a.ts'` })).toEqual([])
})
