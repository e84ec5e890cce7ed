import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { madeRenditions } from '../core/catalog/adopted-file.ts'
import type { Asset } from '../core/catalog/asset.ts'
import { PLAY_FOLDER } from '../core/catalog/object-keys.ts'
import type { CatalogReader } from '../core/catalog/ports.ts'
import type { Rendition } from '../core/catalog/rendition.ts'
import { isPlaylistType } from '../core/catalog/video-type.ts'
import { carryToken, readToken } from '../core/delivery/carry-token.ts'
import { isPreviewFile, type PreviewUse, previewPart } from '../core/delivery/preview-part.ts'
import { type Caching, type Deliverable, resolveAdopted, resolvePath } from '../core/delivery/resolve-path.ts'
import { openSource } from '../core/delivery/source-film.ts'
import { sourceFileOf, sourcePart } from '../core/delivery/source-stream.ts'
import { TrackDefect } from '../core/packaging/track-defect.ts'
import { mayUse } from '../core/shared/bucket-grants.ts'
import { type AssetId, parseAssetId } from '../core/shared/ids.ts'
import {
  type ObjectAddress,
  ObjectChangedError,
  type ObjectStore,
  StoreRefusedError,
} from '../core/shared/object-store.ts'
import { readWhole } from '../core/shared/read-whole.ts'
import { shareLooks } from '../core/shared/share-looks.ts'
import { createAnswerMemory } from './answer-memory.ts'
import { createAnswerRoom, type HoldBytes } from './answer-room.ts'
import {
  type Exchange,
  type ObjectSource,
  sendBytes,
  sendLater,
  sendNotFound,
  sendObject,
  sendText,
} from './send-object.ts'

export interface DeliveryDeps extends PreviewUse {
  readonly reader: Pick<CatalogReader, 'adoptedFile' | 'assetById' | 'renditions'>
  readonly store: Pick<ObjectStore, 'head' | 'open' | 'read'>
  /** Edges keep what viewers are to ask for again, and are purged. */
  readonly hasEdges: boolean
  /** The object that a signed storage URL allows to read; only the local store signs URLs of ours. */
  readonly signedObject?: (url: string) => ObjectAddress | undefined
}

const CACHE_CONTROL: Readonly<Record<Caching, string>> = {
  forever: 'public, max-age=31536000, immutable',
  revalidate: 'no-cache',
  minutes: 'public, max-age=180',
}

/**
 * Where there are edges that are purged: `s-maxage` is theirs, browsers ask on. What changes under its name is kept there well below the time
 * for which replaced segments are served (`graceSeconds`), and what never changes is asked for once a day, because it may be gone.
 */
const EDGE_CACHE_CONTROL: Readonly<Record<Caching, string>> = {
  forever: 'public, max-age=31536000, s-maxage=86400, immutable',
  revalidate: 'public, max-age=0, must-revalidate, s-maxage=600',
  minutes: CACHE_CONTROL.minutes,
}

const cacheControlOf = ({ hasEdges }: DeliveryDeps, caching: Caching): string =>
  (hasEdges ? EDGE_CACHE_CONTROL : CACHE_CONTROL)[caching]

const PRIVATE = 'private, no-store'

/** Far above any film's. */
const MOST_PLAYLIST_BYTES = 64 * 2 ** 20

/** Of segments that are cut out of sources: five seconds of film are 3 MB or so. Players give up a request after ten seconds, and have no use for one of minutes. */
const ROOM = { totalBytes: 256 * 2 ** 20, patienceMs: 5_000, sendingMs: 120_000 }

/** Players on any site may read; nothing here depends on cookies. */
export const CORS = {
  'access-control-allow-origin': '*',
  'access-control-expose-headers': 'Content-Length, Content-Range, ETag, Accept-Ranges',
}

/** Serves `/asset/{id}/...` to viewers, and signed `/storage/...` URLs to whoever has one. Needs no credentials. */
export const registerDelivery = (app: FastifyInstance, deps: DeliveryDeps): void => {
  app.options('/asset/*', async (_request, reply) =>
    reply
      .code(204)
      .headers(CORS)
      .headers({
        'access-control-allow-methods': 'GET, HEAD, OPTIONS',
        'access-control-allow-headers': 'Range, If-Range, If-None-Match',
        'access-control-max-age': '86400',
      })
      .send(),
  )
  const serving = { ...deps, hold: createAnswerRoom(ROOM), memory: createAnswerMemory() }
  const lookUp = shareLooks((id: AssetId) => Promise.all([deps.reader.assetById(id), deps.reader.renditions([id])]))
  app.route({
    method: ['GET', 'HEAD'],
    url: '/asset/:id/*',
    async handler(request, reply) {
      reply.headers(CORS)
      const sought = await seek(lookUp, request.params)
      const isOfPreview = sought !== undefined && isPreviewFile(sought.asset, sought.path, deps.now().getTime())
      const found = sought && !isOfPreview ? await find(deps, sought) : undefined
      if (!found) {
        const isSent = sought !== undefined && (await sendProvisional(serving, sought, { request, reply }))
        return isSent ? reply : sendNotFound(reply)
      }
      const { caching, leadsToKeys, present, ...sent } = found
      const token = leadsToKeys && readToken(queryOf(request))
      const cacheControl = cacheControlOf(deps, caching)
      if (!token && !present) return sendObject(serving, { ...sent, cacheControl }, { request, reply })
      const stored = await readPlaylist(deps, sent.object)
      if (stored === undefined) return sendNotFound(reply)
      const text = present ? present(stored) : stored
      const { contentType } = sent
      if (!token) return sendText(text, { contentType, cacheControl }, { request, reply })
      return sendTokened(carryToken(text, token), contentType, { request, reply })
    },
  })
  // What an edge passes on that does not know the method: a 404 would say that the copy is gone.
  app.addHttpMethod('PURGE')
  app.route({
    method: 'PURGE',
    url: '/asset/*',
    handler: (_request, reply) => reply.code(405).header('allow', 'GET, HEAD, OPTIONS').send(),
  })
  const { signedObject } = deps
  if (!signedObject) return
  app.route({
    method: ['GET', 'HEAD'],
    url: '/storage/*',
    handler(request, reply) {
      const object = signedObject(request.raw.url ?? '')
      if (!object) return reply.code(403).header('content-type', 'text/plain; charset=utf-8').send('Forbidden\n')
      const sent = { object, contentType: 'application/octet-stream', cacheControl: PRIVATE }
      return sendObject(serving, sent, { request, reply })
    },
  })
}

/** A playlist for the holder of a token alone. */
const sendTokened = (text: string, contentType: string, { reply }: Exchange): FastifyReply =>
  reply
    .headers({ 'content-type': contentType, 'cache-control': PRIVATE, 'x-content-type-options': 'nosniff' })
    .send(text)

/** `+` is a plus, as in the API's queries. */
export const queryOf = ({ raw }: FastifyRequest): URLSearchParams =>
  new URLSearchParams(raw.url?.split('?').slice(1).join('?').replaceAll('+', '%2B'))

const readPlaylist = async ({ store }: DeliveryDeps, playlist: ObjectAddress): Promise<string | undefined> => {
  try {
    return (await readWhole(store, playlist, { mostBytes: MOST_PLAYLIST_BYTES })).toString('utf8')
  } catch (error) {
    if (error instanceof ObjectChangedError) return
    throw error
  }
}

interface Sought {
  readonly asset: Asset
  readonly made: readonly Rendition[]
  /** Below `/asset/{id}/`. */
  readonly path: string
}

type LookUp = (id: AssetId) => Promise<readonly [Asset | undefined, ReadonlyMap<AssetId, readonly Rendition[]>]>

const seek = async (lookUp: LookUp, params: unknown): Promise<Sought | undefined> => {
  const { id = '', '*': path = '' } = params as Readonly<Partial<Record<string, string>>>
  const assetId = parseAssetId(id)
  if (!assetId || path === '') return
  const [asset, renditions] = await lookUp(assetId)
  return asset && { asset, made: madeRenditions(asset, renditions.get(assetId) ?? []), path }
}

/** What lies in a tenant's bucket is served only while we may read there. */
const find = async (deps: DeliveryDeps, { asset, made, path }: Sought): Promise<Deliverable | undefined> => {
  const { reader, serviceBucket } = deps
  const adopted =
    isPlaylistType(asset.videoType) && path.startsWith(PLAY_FOLDER)
      ? await reader.adoptedFile(asset.id, path.slice(PLAY_FOLDER.length))
      : undefined
  const found = (adopted && resolveAdopted(asset, made, adopted)) ?? resolvePath(asset, made, { path, serviceBucket })
  return found && (await mayUse(deps, asset.projectId, found.object.bucket)) ? found : undefined
}

interface Serving extends DeliveryDeps {
  readonly hold: HoldBytes
}

/** What there is while there are no renditions; `false`: nothing. */
const sendProvisional = async (deps: Serving, sought: Sought, exchange: Exchange): Promise<boolean> => {
  const ofSource = await sendSource(deps, sought, exchange)
  return ofSource === 'not_played' ? sendPreview(deps, sought, exchange) : ofSource === 'sent'
}

interface Provisional {
  readonly contentType: string
  readonly text: string
  /** The token of its request goes on to what it names. */
  readonly leadsToKeys?: true
}

/** No edge keeps it: renditions take its place. */
const sendPlaylist = ({ contentType, text, leadsToKeys }: Provisional, exchange: Exchange): void => {
  const token = leadsToKeys && readToken(queryOf(exchange.request))
  if (token) sendTokened(carryToken(text, token), contentType, exchange)
  else sendText(text, { contentType, cacheControl: CACHE_CONTROL.revalidate }, exchange)
}

/** Players give up a request after ten seconds. */
const LONGEST_WAIT_MS = 8_000

/** Fires when nobody waits for the answer any more, or should. */
const patienceOf = ({ raw }: FastifyReply): AbortSignal => {
  const gone = new AbortController()
  raw.once('close', () => gone.abort())
  return AbortSignal.any([gone.signal, AbortSignal.timeout(LONGEST_WAIT_MS)])
}

/** Sends what there is of the preview, as `sendSource` does. */
const sendPreview = async (
  deps: DeliveryDeps & ObjectSource,
  { asset, made, path }: Sought,
  exchange: Exchange,
): Promise<boolean> => {
  const { request, reply } = exchange
  const isLook = request.method === 'HEAD'
  const wait = { signal: patienceOf(reply), isLook, hasRenditions: made.length > 0 }
  const part = await previewPart(deps, asset, { path, ...wait })
  if (!part) return false
  if (part.type === 'later') {
    sendLater(reply)
    return true
  }
  const { contentType } = part
  if (part.type === 'object') {
    const sent = { object: part.object, contentType, cacheControl: cacheControlOf(deps, 'forever') }
    await sendObject(deps, sent, exchange)
    return true
  }
  sendPlaylist(part, exchange)
  return true
}

/**
 * Sends what there is of the stream that the source itself is, as far as the store lets us read it. `not_played`: it has no such stream. Not the reply: a
 * promise of it resolves to nothing, since it is a promise of its own end.
 */
const sendSource = async (
  deps: Serving,
  { asset, path }: Sought,
  exchange: Exchange,
): Promise<'sent' | 'absent' | 'not_played'> => {
  const file = sourceFileOf(asset, path)
  try {
    const film = file && (await openSource(deps, asset))
    if (!film) return 'not_played'
    const part = sourcePart(film, file)
    if (!part) return 'absent'
    if ('make' in part) {
      const made = { ...part, name: `${asset.id}/${path}`, cacheControl: cacheControlOf(deps, 'forever') }
      await sendBytes(deps.hold, made, exchange)
      return 'sent'
    }
    sendPlaylist(part, exchange)
    return 'sent'
  } catch (error) {
    if (isAway(error)) return 'absent'
    throw error
  }
}

/** Also what turns out not to be as the index of the film had it. */
const isAway = (error: unknown): boolean =>
  error instanceof ObjectChangedError || error instanceof StoreRefusedError || error instanceof TrackDefect
