import { randomBytes } from 'node:crypto'
import { Kysely, PostgresDialect } from 'kysely'
import { type ClientBase, Pool, type PoolClient } from 'pg'
import { catalogReader } from '../src/adapters/postgres/catalog-reader.ts'
import { catalogTransactions } from '../src/adapters/postgres/catalog-tx.ts'
import type { DB } from '../src/adapters/postgres/schema.generated.ts'
import { importAsset } from '../src/core/ingest/import-asset.ts'
import { parseProjectId, randomId } from '../src/core/shared/ids.ts'
import type { ObjectInfo } from '../src/core/shared/object-store.ts'
import { createEngine } from '../src/engine/engine.ts'

/** A statement that the product sent, and what it was answered. */
export interface Statement {
  readonly text: string
  readonly values: readonly unknown[]
  readonly rows: readonly Readonly<Record<string, unknown>>[]
}

interface Recording {
  readonly databaseUrl: string
  readonly projectId: string
  readonly source: { readonly bucket: string; readonly key: string; readonly location: string }
  readonly info: ObjectInfo
}

/** The statements of the transaction of one create, from `begin` to `commit`: the product's own code ran it. */
export const recordCreate = async ({
  databaseUrl,
  projectId,
  source,
  info,
}: Recording): Promise<readonly Statement[]> => {
  const statements: Statement[] = []
  const pool = new Pool({ connectionString: databaseUrl, max: 1 })
  const recorded = new Proxy(pool, {
    get: (target, name) =>
      name === 'connect'
        ? async () => recordingClient(await target.connect(), statements)
        : Reflect.get(target, name, target),
  })
  await using db = new Kysely<DB>({ dialect: new PostgresDialect({ pool: recorded }) })
  await using engine = await createEngine({ db, logger: { warn: () => undefined } })
  const project = parseProjectId(projectId)
  if (!project) throw new Error('a project id has 32 hex digits')
  const create = importAsset({
    db: catalogTransactions(db, engine),
    reader: catalogReader(db),
    // What is asked before the transaction is no part of it.
    grants: { requireGrant: async () => undefined },
    store: { head: async () => info },
    region: source.location,
    newId: randomId,
    now: () => new Date(),
  })
  statements.length = 0
  const asked = { title: source.key, tags: [], videoType: 'MP4', source, publishWhenReady: true, options: {} }
  await create({ ...asked, projectId: project, templateGroup: 'system_template_group' })
  const [first, last] = [statements[0]?.text ?? '', statements.at(-1)?.text ?? '']
  if (!/^(begin|start)/i.test(first) || !/^commit/i.test(last)) {
    throw new Error(`a create is not one transaction any more: ${first} ... ${last}`)
  }
  return statements
}

const recordingClient = (client: PoolClient, statements: Statement[]): PoolClient =>
  new Proxy(client, {
    get(target, name) {
      if (name !== 'query') return Reflect.get(target, name, target)
      return async (text: string, values: unknown[] = []) => {
        const result = await target.query(text, values)
        statements.push({ text, values, rows: result.rows })
        return result
      }
    },
  })

/** Sends the recorded transaction once more, with ids of its own. */
export type Replay = (client: ClientBase) => Promise<void>

/**
 * The same transaction for plain `pg`. What an earlier statement of it answered is taken from the answer of this time, and every
 * other id is made anew, but for the project's; all other values stay as they were recorded.
 */
export const replayOf = (statements: readonly Statement[], projectId: string): Replay => {
  const ids = new IdSources(projectId)
  const templates = statements.map(({ text, values, rows }, index) => {
    const template = { text, values: values.map((value) => ids.templateOf(value)) }
    ids.learn(index, rows)
    return template
  })
  return async (client) => {
    const made = Array.from({ length: ids.made }, () => randomBytes(16).toString('hex'))
    const answers: unknown[] = []
    for (const { text, values } of templates) {
      const { rows } = await client.query(
        text,
        values.map((value) => value({ made, answers })),
      )
      answers.push(rows[0])
    }
  }
}

interface Known {
  readonly made: readonly string[]
  /** The first row of each statement so far. */
  readonly answers: readonly unknown[]
}
type Template = (known: Known) => unknown

const ID = /[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}|[0-9a-f]{32}/g
/** Numbers of steps travel as text. */
const NUMBER = /^\d+$/

/** Where each id of the recording comes from. */
class IdSources {
  readonly #sources = new Map<string, (known: Known) => string>()
  made = 0

  constructor(projectId: string) {
    this.#sources.set(projectId, () => projectId)
  }

  templateOf(value: unknown): Template {
    if (Array.isArray(value)) {
      const items = value.map((item) => this.templateOf(item))
      return (known) => items.map((item) => item(known))
    }
    if (typeof value !== 'string') return () => value
    const number = NUMBER.test(value) ? this.#sources.get(value) : undefined
    if (number) return number
    const sources = [...value.matchAll(ID)].map(([id]) => this.#sourceOf(id))
    const between = value.split(ID)
    return (known) => between.map((text, n) => (sources[n] ? text + sources[n](known) : text)).join('')
  }

  learn(statement: number, rows: Statement['rows']): void {
    for (const [column, value] of Object.entries(rows[0] ?? {})) {
      const isId = typeof value === 'string' && (NUMBER.test(value) || value.match(ID)?.[0] === value)
      if (!isId || this.#sources.has(value)) continue
      this.#sources.set(value, ({ answers }) => memberOf(answers[statement], column))
    }
  }

  #sourceOf(id: string): (known: Known) => string {
    const known = this.#sources.get(id)
    if (known) return known
    const place = this.made++
    const source = ({ made }: Known) => made[place] ?? ''
    this.#sources.set(id, source)
    return source
  }
}

const memberOf = (row: unknown, column: string): string => {
  if (typeof row !== 'object' || row === null) throw new Error('a replayed statement answered no row')
  return String(Reflect.get(row, column))
}
