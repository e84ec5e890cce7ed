import { setTimeout as delay } from 'node:timers/promises'
import { ApiRefusal, type CallApi, createApiClient, isUnanswered } from '../../src/cli/api-client.ts'

/** A client of an API that may die at any moment: it asks again, of another process, and makes nothing twice. */
export interface CarefulClient {
  /** Safe to repeat. `PROJECT` in the target stands for the project. */
  readonly call: CallApi
  /** Makes an asset of a title that no other has; answers its id. */
  create(body: { readonly title: string } & Readonly<Record<string, unknown>>): Promise<string>
  /** `asset_status` and `transcode_status`; `undefined`: there is no such asset. */
  stateOf(id: string): Promise<string | undefined>
  details(id: string): Promise<ReturnType<typeof Object>>
}

interface ClientOptions {
  readonly urls: readonly string[]
  readonly project: string
  readonly access: string
  readonly secret: string
}

const PAUSE_MS = 200
const PATIENCE_MS = 300_000

/** Nobody knows whether it was done. */
class Unknown extends Error {}

export const createCarefulClient = ({ urls, project, access, secret }: ClientOptions): CarefulClient => {
  const clients = urls.map((endpoint) => createApiClient({ endpoint, key: { access, secret } }))
  let next = 0
  const once: CallApi = async (method, target, body) => {
    const client = clients[next++ % clients.length]
    if (!client) throw new Error('there is no API')
    try {
      return await client(method, target.replace('PROJECT', project), body)
    } catch (error) {
      throw isInterrupted(error) ? new Unknown(`${method} ${target}`, { cause: error }) : error
    }
  }
  const again: CallApi = (method, target, body) => patiently(() => once(method, target, body))
  const idOf = async (title: string): Promise<string | undefined> => {
    const { assets } = await again('GET', `/v1.0/PROJECT/asset/list?query_string=${encodeURIComponent(title)}&size=100`)
    const found = Array.isArray(assets) ? assets.find((asset) => asset.title === title) : undefined
    return found?.asset_id
  }
  return {
    call: again,
    async create(body) {
      return patiently(async () => {
        try {
          return String((await once('POST', '/v1.0/PROJECT/asset/reproduction', body))['asset_id'])
        } catch (error) {
          const id = error instanceof Unknown ? await idOf(body.title) : undefined
          if (id === undefined) throw error
          return id
        }
      })
    },
    async stateOf(id) {
      const { assets } = Object(await again('GET', `/v1.0/PROJECT/asset/list?asset_id=${id}`))
      const [row] = assets
      return row && `${row.asset_status} ${row.transcode_status}`
    },
    details: async (id) => Object(await again('GET', `/v1.0/PROJECT/asset/details?asset_id=${id}`)),
  }
}

/** The process died, or could not do it now. */
const isInterrupted = (error: unknown): boolean =>
  error instanceof ApiRefusal ? error.status >= 500 || error.status === 429 : isUnanswered(error)

const patiently = async <T>(attempt: () => Promise<T>): Promise<T> => {
  const deadline = performance.now() + PATIENCE_MS
  for (;;) {
    try {
      return await attempt()
    } catch (error) {
      if (!(error instanceof Unknown) || performance.now() > deadline) throw error
      await delay(PAUSE_MS)
    }
  }
}
