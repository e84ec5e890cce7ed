import { buildWorkerServer } from '../http/worker-server.ts'
import { databaseCheck } from './database-check.ts'
import type { Foundation } from './foundation.ts'
import { listen } from './listen.ts'
import type { ListenAddress } from './setting-values.ts'

/** Where a worker says how it is. */
export const answerWatchers = async (foundation: Foundation, address: ListenAddress): Promise<AsyncDisposable> => {
  const { config, store, metrics, logger } = foundation
  const app = buildWorkerServer({
    ...{ metrics, logger, token: config.metricsToken, isPublic: () => false },
    checks: { database: databaseCheck(foundation), store: (signal) => store.check(signal) },
  })
  await listen(app, address, 'TELECINE_METRICS_LISTEN')
  return { [Symbol.asyncDispose]: () => app.close() }
}
