import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { type ProjectId, parseProjectId } from '../core/shared/ids.ts'
import type { ObjectStore } from '../core/shared/object-store.ts'
import { MOST_PICTURE_BYTES } from '../core/templates/read-picture.ts'
import type { WatermarkUseCases } from '../core/templates/watermark-use-cases.ts'
import { CORS, queryOf } from './delivery.ts'
import { sendNotFound, sendObject } from './send-object.ts'

export interface WatermarkRouteDeps {
  readonly watermarks: Pick<WatermarkUseCases, 'findPicture' | 'mayUpload' | 'receiveUpload'>
  readonly store: Pick<ObjectStore, 'head' | 'open' | 'read'>
}

const URL = '/:project_id/watermark/:file'

/**
 * `/{project_id}/watermark/{id}.png`: a signed PUT of any content type, with a length or in chunks, and afterwards the confirmed picture
 * for everybody. The bytes go through this server, because S3 takes no chunks of unknown length, which is what the vendor's Terraform provider sends.
 */
export const registerWatermarks = (app: FastifyInstance, { watermarks, store }: WatermarkRouteDeps): void => {
  app.route({
    method: ['GET', 'HEAD'],
    url: URL,
    async handler(request, reply) {
      reply.headers(CORS)
      const named = namedIn(request)
      const found = named && (await watermarks.findPicture(named.projectId, named.id))
      if (!found) return sendNotFound(reply)
      const sent = { object: found.object, contentType: `image/${found.format}`, cacheControl: 'public, max-age=180' }
      return sendObject({ store }, sent, { request, reply })
    },
  })
  app.put(URL, async (request, reply) => {
    const named = namedIn(request)
    const query = queryOf(request)
    const proof = { expires: query.get('Expires') ?? '', signature: query.get('Signature') ?? '' }
    // Before a byte of the body is taken.
    if (!named || !watermarks.mayUpload({ ...named, ...proof })) {
      return sendPlain(reply, 403, 'The upload URL is not valid, or not any more.')
    }
    const bytes = await request.readBody('claimant')
    if (bytes.length > MOST_PICTURE_BYTES) return sendPlain(reply, 413, 'A picture has at most 10 MB.')
    const taken = await watermarks.receiveUpload(named.projectId, named.id, bytes)
    return taken ? reply.code(200).send() : sendPlain(reply, 409, 'The watermark has its picture, or is gone.')
  })
}

const namedIn = ({ params }: FastifyRequest): { readonly projectId: ProjectId; readonly id: string } | undefined => {
  const { project_id = '', file = '' } = params as Readonly<Partial<Record<string, string>>>
  const projectId = parseProjectId(project_id)
  const id = /^([0-9a-f]{32})\.(?:png|jpg|jpeg)$/.exec(file)?.[1]
  return projectId && id !== undefined ? { projectId, id } : undefined
}

const sendPlain = (reply: FastifyReply, status: number, text: string): FastifyReply =>
  reply.code(status).header('content-type', 'text/plain; charset=utf-8').send(`${text}\n`)
