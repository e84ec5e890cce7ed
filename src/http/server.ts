import Fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from 'fastify'
import type { NewId } from '../core/shared/ids.ts'
import { pathsOf } from '../wire/index.ts'
import type { AnyOperation } from '../wire/operation.ts'
import { answerClientError, answerExpectation } from './client-error.ts'
import { unknownMethod, unknownPath, uriTooLarge } from './gateway-error.ts'
import { logRequest } from './log-request.ts'
import { BODY_LIMIT_BYTES, keepRawBodies } from './raw-body.ts'
import { type OperationDeps, registerOperations } from './register-operations.ts'
import { sendError } from './render-error.ts'

export interface ServerDeps extends OperationDeps {
  /** The vendor's and our own. */
  readonly operations: readonly AnyOperation[]
  readonly logger: FastifyBaseLogger
  /** Names requests. */
  readonly newId: NewId
  /** PEM. Absent: plain HTTP. */
  readonly tls?: { readonly cert: string; readonly key: string }
  /** Believe `X-Forwarded-For` of the proxies in front; Fastify's forms. */
  readonly trustProxy?: boolean | string
}

/** Above what clients pause: the vendor's Node SDK does not retry a connection that the server closed while idle. */
const KEEP_ALIVE_MS = 76_000
/** Above the former, else Node counts the pause between two requests as slow headers. */
const HEADERS_TIMEOUT_MS = 80_000
/** To receive a whole request; 12 MB on a slow line take two minutes. */
const REQUEST_TIMEOUT_MS = 300_000
const MAX_HEADER_BYTES = 64 * 1024
const MAX_URL_BYTES = 16 * 1024

/**
 * The HTTP server with all operations; delivery, health and sign-in are registered on it by whoever builds the process.
 * Every reply has `X-Request-Id`, every failure the vendor's body, and the API never redirects: four of five vendor SDKs
 * take a 3xx for success. `close()` lets running requests finish.
 */
export const buildServer = (deps: ServerDeps): FastifyInstance => {
  const app = createApp(deps)
  app.server.on('checkExpectation', answerExpectation(deps.newId))
  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id)
    if ((request.raw.url?.length ?? 0) > MAX_URL_BYTES) throw uriTooLarge()
  })
  keepRawBodies(app)
  app.setErrorHandler(sendError)
  const known = deps.operations.flatMap(pathsOf).map(patternOf)
  app.setNotFoundHandler((request) => {
    const path = request.url.split('?', 1)[0] ?? ''
    throw known.some((pattern) => pattern.test(path)) ? unknownMethod() : unknownPath()
  })
  app.addHook('onResponse', logRequest)
  endConnectionsOnClose(app)
  registerOperations(app, deps.operations, deps)
  return app
}

/** `close()` ends connections that are idle at that moment; one whose answer was just ending would be kept alive. */
const endConnectionsOnClose = (app: FastifyInstance): void => {
  let isClosing = false
  app.addHook('preClose', async () => {
    isClosing = true
  })
  // Runs when the answer is on its way as a whole.
  app.addHook('onResponse', async ({ raw }) => {
    if (isClosing) raw.socket.destroySoon()
  })
}

/**
 * `close()`, and after so long the end of whatever is still open: a player that pauses holds its download, and with it the
 * process, for as long as it likes.
 */
export const drain = async (app: FastifyInstance, patienceMs: number): Promise<void> => {
  const cut = setTimeout(() => app.server.closeAllConnections(), patienceMs)
  try {
    await app.close()
  } finally {
    clearTimeout(cut)
  }
}

const createApp = ({ logger, newId, tls, trustProxy = false }: ServerDeps): FastifyInstance => {
  const limits = { maxHeaderSize: MAX_HEADER_BYTES, headersTimeout: HEADERS_TIMEOUT_MS, requireHostHeader: false }
  const options = {
    loggerInstance: logger,
    // One line of our own per request: Fastify's have the whole URL.
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'request_id' }),
    genReqId: newId,
    bodyLimit: BODY_LIMIT_BYTES,
    keepAliveTimeout: KEEP_ALIVE_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    trustProxy,
    // While draining, requests on open connections are served and told to close: a 503 would be an error nobody needs.
    return503OnClosing: false,
    clientErrorHandler: answerClientError(newId),
    frameworkErrors: sendError,
    routerOptions: { maxParamLength: MAX_URL_BYTES },
  }
  // `https` wins where it is given. Fastify's types would tell the two servers apart; nothing that we do with the instance does.
  return Fastify({ ...options, http: limits, ...(tls && { https: { ...limits, ...tls } }) })
}

const patternOf = (path: string): RegExp => {
  const parts = path.split('/').map((part) => (part.startsWith(':') ? '[^/]+' : part.replaceAll('.', '\\.')))
  return new RegExp(`^${parts.join('/')}$`)
}
