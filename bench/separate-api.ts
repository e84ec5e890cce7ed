import { randomBytes } from 'node:crypto'
import { startEmbeddedPostgres } from '../src/main/embedded-postgres/start-embedded-postgres.ts'
import type { Bench } from './bench.ts'
import { Product } from './product.ts'

/** An API process on a PostgreSQL that is not its own, as on many machines. No worker runs. */
export interface SeparateApi extends AsyncDisposable {
  readonly product: Product
  readonly postgres: { readonly url: string; readonly pid: number }
  /** For further processes of the same installation. */
  readonly environment: Readonly<Record<string, string>>
}

export const startSeparateApi = async (bench: Bench, dataDir: string): Promise<SeparateApi> => {
  await using cleanup = new AsyncDisposableStack()
  const log = { debug: () => undefined, info: () => undefined, warn: bench.say }
  const postgres = cleanup.use(await startEmbeddedPostgres({ dataDir, log }))
  const environment = {
    TELECINE_DATABASE_URL: postgres.url,
    TELECINE_MASTER_KEY: randomBytes(32).toString('base64'),
  }
  const product = cleanup.use(await Product.start(bench, { command: 'serve', dataDir, environment }))
  const stack = cleanup.move()
  return { product, postgres, environment, [Symbol.asyncDispose]: () => stack.disposeAsync() }
}
