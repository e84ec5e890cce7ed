import { readdir } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { type Kysely, sql } from 'kysely'
import type { DB } from '../../src/adapters/postgres/schema.generated.ts'

interface Table {
  readonly schema: string
  readonly name: string
}

/** Every table there is, whoever made it, so that none can be forgotten. */
const tablesOf = async (db: Kysely<DB>): Promise<readonly Table[]> => {
  const { rows } = await sql<Table>`
    select table_schema as schema, table_name as name from information_schema.tables
    where table_type = 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema')
  `.execute(db)
  return rows
}

const fullName = ({ schema, name }: Table): string => (schema === 'public' ? name : `${schema}.${name}`)

/** Rows of each table; `mentioning`: of those alone that say this text anywhere. */
export const rowsByTable = async (
  db: Kysely<DB>,
  { mentioning = '' }: { readonly mentioning?: string } = {},
): Promise<Readonly<Record<string, number>>> => {
  const counts: Record<string, number> = {}
  for (const table of await tablesOf(db)) {
    const { rows } = await sql<{ rows: number }>`
      select count(*)::integer as rows from ${sql.id(table.schema, table.name)} as each
      where strpos(each::text, ${mentioning}) > 0
    `.execute(db)
    counts[fullName(table)] = rows[0]?.rows ?? 0
  }
  return counts
}

/** Those that have such a row, by name. */
export const tablesMentioning = async (db: Kysely<DB>, text: string): Promise<readonly string[]> =>
  Object.entries(await rowsByTable(db, { mentioning: text }))
    .flatMap(([name, rows]) => (rows > 0 ? [name] : []))
    .toSorted()

/** Files and empty folders, whatever bucket or corner they lie in. */
export const everythingBelow = async (folder: string): Promise<readonly string[]> => {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const paths = entries.map((entry) => relative(folder, join(entry.parentPath, entry.name)))
  return paths.filter((path) => !paths.some((other) => other.startsWith(`${path}/`))).toSorted()
}

/** Tables that still name a deleted asset, and why. */
export const KEPT_OF_DELETED: Readonly<Record<string, string>> = {
  asset: 'the mark by which asset/info and asset/list know it as DELETED, and refreshAsset what edges may still hold',
  asset_event: 'what was told, for the log of deliveries and for replays; 30 days',
  audit_entry: 'who did what outlives what it was done to; TELECINE_AUDIT_DAYS',
  edge_item: 'the answer of showRefreshResult; 30 days',
  'engine.step': 'what became of each piece of work, for people who ask; 30 days',
  'engine.task': 'likewise',
  webhook_delivery: 'the log of deliveries; 30 days',
}
