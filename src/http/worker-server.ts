import Fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from 'fastify'
import { type HealthCheck, registerHealth } from './health.ts'
import { type MetricsDeps, registerMetrics } from './metrics.ts'

export interface WorkerServerDeps extends MetricsDeps {
  readonly checks: Readonly<Record<string, HealthCheck>>
  readonly logger: FastifyBaseLogger
}

/** What a worker says of itself to whoever watches over it: health and metrics, nothing of the product. */
export const buildWorkerServer = ({ checks, logger, ...deps }: WorkerServerDeps): FastifyInstance => {
  const app = Fastify({ loggerInstance: logger, logController: new LogController({ disableRequestLogging: true }) })
  registerHealth(app, checks)
  registerMetrics(app, deps)
  return app
}
