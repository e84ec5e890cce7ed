import { randomBytes } from 'node:crypto'
import { Client, type ClientBase, type QueryResult } from 'pg'
import { catalogReader } from '../src/adapters/postgres/catalog-reader.ts'
import { catalogTransactions } from '../src/adapters/postgres/catalog-tx.ts'
import { connect } from '../src/adapters/postgres/connect.ts'
import { randomId } from '../src/adapters/random-id.ts'
import { importAsset } from '../src/core/ingest/import-asset.ts'
import { parseProjectId } from '../src/core/shared/ids.ts'
import type { ObjectInfo } from '../src/core/shared/object-store.ts'
import { SYSTEM_SETTINGS } from '../src/core/templates/system-groups.ts'
import { createEngine } from '../src/engine/engine.ts'

/** A statement as the product sent it, and what it was answered. */
export interface Statement {
  /** Of one that is prepared once per connection. */
  readonly name?: string
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
export const recordCreate = async (recording: Recording): Promise<readonly Statement[]> => {
  const { databaseUrl, projectId, source, info } = recording
  await using db = connect(databaseUrl, { max: 1, applicationName: 'telecine bench' })
  await using engine = await createEngine({ db, logger: { warn: () => undefined } })
  const project = parseProjectId(projectId)
  if (!project) throw new Error('a project id has 32 hex digits')
  const create = importAsset({
    db: catalogTransactions(db, engine),
    reader: catalogReader(db),
    // What is asked before the transaction is no part of it.
    grants: { isGranted: async () => true },
    chooseTemplate: async (_, name) => ({ ...(name !== undefined && { name }), settings: SYSTEM_SETTINGS }),
    chooseReview: async () => undefined,
    chooseWorkflow: async () => ({}),
    serviceBucket: '',
    store: { head: async () => info, bucketExists: async () => true, whereBucketsAre: '' },
    keys: { make: () => '' },
    keySettings: { keySettings: async () => ({ keyService: true }) },
    region: source.location,
    newId: randomId,
    now: () => new Date(),
  })
  const asked = {
    title: source.key,
    tags: [],
    videoType: 'MP4',
    source,
    publishWhenReady: true,
    encrypt: false,
    options: {},
  }
  using sent = new SentStatements()
  await create({ ...asked, projectId: project, templateGroup: 'system_template_group' })
  const [first, last] = [sent.statements[0]?.text ?? '', sent.statements.at(-1)?.text ?? '']
  if (!/^(begin|start)/i.test(first) || !/^commit/i.test(last)) {
    throw new Error(`a create is not one transaction any more: ${first} ... ${last}`)
  }
  return sent.statements
}

/** Writes down what this process sends through `pg`, until it is disposed. Below everything that is the product's own. */
class SentStatements implements Disposable {
  readonly statements: Statement[] = []
  readonly #send: unknown = Reflect.get(Client.prototype, 'query')

  constructor() {
    const [send, { statements }] = [this.#send, this]
    if (typeof send !== 'function') throw new Error('pg has no query() any more')
    const recorded = async function (this: unknown, ...given: readonly unknown[]): Promise<QueryResult> {
      const result: QueryResult = await Reflect.apply(send, this, given)
      const [statement, values] = given
      const config = typeof statement === 'string' ? { text: statement, values } : statement
      statements.push({ ...parseQuery(config), rows: result.rows })
      return result
    }
    Reflect.set(Client.prototype, 'query', recorded)
  }

  [Symbol.dispose](): void {
    Reflect.set(Client.prototype, 'query', this.#send)
  }
}

const parseQuery = (config: unknown): Pick<Statement, 'name' | 'text' | 'values'> => {
  if (typeof config !== 'object' || config === null) throw new Error('pg was given neither a text nor a query')
  const [name, text, values]: readonly unknown[] = ['name', 'text', 'values'].map((member) =>
    Reflect.get(config, member),
  )
  if (typeof text !== 'string') throw new Error('pg was given a query without a text')
  return { ...(typeof name === 'string' && { name }), text, values: Array.isArray(values) ? values : [] }
}

/** Sends the recorded transaction once more, with ids of its own. */
export type Replay = (client: ClientBase) => Promise<void>

/**
 * The same transaction for plain `pg`. What an earlier statement of it answered is taken from the answer of this time, and every
 * other id is made anew, but for the project's; all other values stay as they were recorded.
 */
export const replayOf = (statements: readonly Statement[], projectId: string): Replay => {
  const ids = new IdSources(projectId)
  const templates = statements.map(({ rows, values, ...statement }, index) => {
    const template = { statement, values: values.map((value) => ids.templateOf(value)) }
    ids.learn(index, rows)
    return template
  })
  return async (client) => {
    const made = Array.from({ length: ids.made }, () => randomBytes(16).toString('hex'))
    const answers: unknown[] = []
    for (const { statement, values } of templates) {
      const { rows } = await client.query({ ...statement, values: values.map((value) => value({ made, answers })) })
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
