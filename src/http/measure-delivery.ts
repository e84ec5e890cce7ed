import { extname } from 'node:path'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'

export interface DeliveryMeter {
  readonly delivered: (answer: {
    readonly kind: string
    readonly statusClass: number
    readonly seconds: number
  }) => void
  readonly sent: (kind: string, bytes: number) => void
}

/** Tells the meter of every answer to a viewer: when it begins, and when it is over, also where the viewer hung up. */
export const measureDelivery = (app: FastifyInstance, meter: DeliveryMeter): void => {
  app.addHook('onSend', async (request: FastifyRequest, reply: FastifyReply) => {
    const kind = kindOf(request)
    if (kind === undefined) return
    const { socket } = request.raw
    const before = socket.bytesWritten
    meter.delivered({ kind, statusClass: Math.floor(reply.statusCode / 100), seconds: reply.elapsedTime / 1000 })
    reply.raw.once('close', () => meter.sent(kind, socket.bytesWritten - before))
  })
}

/** By the ending, since a bounded number of kinds is worth counting. */
const KINDS: Readonly<Record<string, string>> = {
  ...{ '.m3u8': 'playlist', '.mpd': 'playlist' },
  ...{ '.m4s': 'segment', '.ts': 'segment' },
  '.jpg': 'picture',
  '.vtt': 'subtitle',
}

const kindOf = ({ routeOptions, raw }: FastifyRequest): string | undefined => {
  if (routeOptions.url === '/asset/:id/keys/:run') return 'key'
  if (routeOptions.url !== '/asset/:id/*' && routeOptions.url !== '/storage/*') return undefined
  const path = raw.url?.split('?', 1)[0] ?? ''
  if (path.endsWith('/init.mp4')) return 'segment'
  return KINDS[extname(path)] ?? 'file'
}
