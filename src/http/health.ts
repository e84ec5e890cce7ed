import type { FastifyInstance } from 'fastify'

/** Throws with a plain reason when the part is not usable. Ends with the signal. */
export type HealthCheck = (signal: AbortSignal) => Promise<void>

const CHECK_TIMEOUT_MS = 5_000

/**
 * `GET /healthz`: this process answers. `GET /readyz`: every part that it needs does (503 otherwise). Why a part does not is
 * in the log: these two need no credentials, and reasons name addresses.
 */
export const registerHealth = (app: FastifyInstance, checks: Readonly<Record<string, HealthCheck>>): void => {
  app.get('/healthz', { logLevel: 'warn' }, async () => ({ status: 'ok' }))
  app.get('/readyz', { logLevel: 'warn' }, async (request, reply) => {
    const results = await Promise.all(
      Object.entries(checks).map(async ([name, check]): Promise<[string, 'ok' | 'failed']> => {
        try {
          await within(check)
          return [name, 'ok']
        } catch (err) {
          request.log.warn({ err, check: name }, 'not ready')
          return [name, 'failed']
        }
      }),
    )
    const ready = results.every(([, result]) => result === 'ok')
    return reply
      .code(ready ? 200 : 503)
      .send({ status: ready ? 'ready' : 'not ready', checks: Object.fromEntries(results) })
  })
}

const within = async (check: HealthCheck): Promise<void> => {
  const signal = AbortSignal.timeout(CHECK_TIMEOUT_MS)
  const late = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(new Error(`no answer within ${CHECK_TIMEOUT_MS} ms`)))
  })
  await Promise.race([check(signal), late])
}
