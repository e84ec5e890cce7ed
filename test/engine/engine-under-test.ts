import { sql, type Transaction } from 'kysely'
import type { DB } from '../../src/adapters/postgres/schema.generated.ts'
import { createEngine, type Engine, type StepRequest } from '../../src/engine/engine.ts'
import { createDatabase, type TestDatabase } from '../support/database.ts'
import { silent } from './silent.ts'

export interface EngineUnderTest extends AsyncDisposable {
  readonly db: TestDatabase
  readonly engine: Engine<DB>
  /** A step in a transaction of its own. */
  start(step?: Partial<StepRequest>): ReturnType<Engine['startStep']>
  /** What effects have written, in order. */
  written(): Promise<readonly string[]>
}

/** An engine on a database of its own, with a table for effects to write to. */
export const createEngineUnderTest = async ({ max = 10 } = {}): Promise<EngineUnderTest> => {
  const db = await createDatabase({ max })
  const engine = await createEngine({ db: db.kysely, logger: silent })
  await sql`create table effect (id integer generated always as identity, text text)`.execute(db.kysely)
  return {
    db,
    engine,
    start: (step) => db.kysely.transaction().execute((tx) => engine.startStep(tx, { ...STEP, ...step })),
    async written() {
      const { rows } = await sql<{ text: string }>`select text from effect order by id`.execute(db.kysely)
      return rows.map(({ text }) => text)
    },
    async [Symbol.asyncDispose]() {
      await engine[Symbol.asyncDispose]()
      await db[Symbol.asyncDispose]()
    },
  }
}

const STEP: StepRequest = {
  subject: 'asset',
  tenant: 'project',
  kind: 'work',
  queue: 'light',
  inputs: [{}],
  retryLimit: 3,
  retrySeconds: 3600,
}

/** An effect that leaves a trace. */
export const write =
  (text: string) =>
  async (trx: Transaction<DB>): Promise<void> => {
    await sql`insert into effect (text) values (${text})`.execute(trx)
  }

export const nothing = async (): Promise<void> => undefined

/** Asks until the answer is there; the test's own time limit ends it. */
export const eventually = async <T>(ask: () => Promise<T | undefined | false>): Promise<T> => {
  for (;;) {
    const answer = await ask()
    if (answer !== undefined && answer !== false) return answer
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}
