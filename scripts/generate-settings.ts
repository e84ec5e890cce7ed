/** Writes the table of settings into docs/running.md; with `--check` fails instead when it differs from what `config.ts` reads. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { SETTINGS, type Setting } from '../src/main/settings.ts'

const path = join(import.meta.dirname, '../docs/running.md')
const BEGIN = '<!-- settings: written by scripts/generate-settings.ts -->'
const END = '<!-- /settings -->'

const row = (name: string, { meaning, default: usual, expected, notYet }: Setting<unknown>): string => {
  const note = notYet === undefined ? '' : ` **${notYet}**`
  return `| \`${name}\` | ${meaning}${note} | ${usual} | ${expected} |`
}

const table = [
  '| variable | meaning | default | must be |',
  '|---|---|---|---|',
  ...Object.entries(SETTINGS).map(([name, setting]) => row(name, setting)),
].join('\n')

const before = readFileSync(path, 'utf8')
const after = `${before.slice(0, before.indexOf(BEGIN))}${BEGIN}\n${table}\n${before.slice(before.indexOf(END))}`

if (!process.argv.includes('--check')) {
  writeFileSync(path, after)
} else if (before !== after) {
  console.error('docs/running.md is out of date: run `node scripts/generate-settings.ts`')
  process.exitCode = 1
}
