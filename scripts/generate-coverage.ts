/** Writes docs/api-coverage.md; with `--check` fails instead when it is not what the table of operations says. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { coverageDocument } from '../src/wire/coverage.ts'

const path = join(import.meta.dirname, '../docs/api-coverage.md')
const document = coverageDocument()

if (!process.argv.includes('--check')) {
  writeFileSync(path, document)
} else if (!existsSync(path) || readFileSync(path, 'utf8') !== document) {
  console.error('docs/api-coverage.md is out of date: run `node scripts/generate-coverage.ts`')
  process.exitCode = 1
}
