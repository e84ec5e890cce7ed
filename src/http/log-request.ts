import type { FastifyReply, FastifyRequest } from 'fastify'

const READING = new Set(['GET', 'HEAD', 'OPTIONS'])

/**
 * One line per request. What succeeded and changed nothing is for debugging only: players and those who wait for something ask
 * several times a second, and would drown the rest.
 */
export const logRequest = async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
  const { method, routeOptions, ip } = request
  // The route, not the URL: queries may hold signatures.
  const facts = {
    ...{ method, route: routeOptions.url, status: reply.statusCode },
    ...{ ms: Math.round(reply.elapsedTime), ip },
  }
  const isQuiet = READING.has(method) && reply.statusCode < 400
  request.log[isQuiet ? 'debug' : 'info'](facts, 'request')
}
