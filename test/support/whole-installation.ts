import type { AssetId } from '../../src/core/shared/ids.ts'
import { callOperation } from '../contract/asset-fixtures.ts'
import { freePort } from './free-port.ts'
import { type Installation, startInstallation } from './installation.ts'
import { startEdge } from './nginx.ts'
import { type Receiver, startReceiver } from './receiver.ts'
import { until } from './until.ts'
import { startWebhookSender } from './webhook-sender.ts'

/** An installation with an edge in front of it, and a receiver of its events behind it. */
export interface WholeInstallation extends AsyncDisposable {
  readonly installation: Installation
  /** Where viewers come. */
  readonly edge: string
  readonly receiver: Receiver
  /** With which events are signed. */
  readonly webhookSecret: string
  /** Of an asset so far, as a receiver that was written for the vendor reads them. */
  eventsOf(id: AssetId): readonly AssetEvent[]
  /** What the edge says of a path below the asset's address: status, and where it had the answer from. */
  cached(id: AssetId, path: string): Promise<string>
  /** Has the edge forget the asset. */
  refresh(id: AssetId): Promise<void>
  /** For one viewer of an encrypted asset. */
  playToken(id: AssetId): Promise<string>
}

export interface AssetEvent {
  readonly kind: string
  /** What it says of the asset. */
  readonly told: ReturnType<typeof Object>
}

const SECRET = 'c0ffee42'.repeat(8)

export const startWholeInstallation = async (
  settings: Readonly<Record<string, string>> = {},
): Promise<WholeInstallation> => {
  await using cleanup = new AsyncDisposableStack()
  const receiver = cleanup.use(await startReceiver())
  const port = await freePort()
  const edge = `http://127.0.0.1:${port}`
  const usual = { TELECINE_FETCH_ALLOW_PRIVATE: 'true', TELECINE_EDGE_URLS: edge, TELECINE_EDGE_PURGE_SECRET: SECRET }
  const installation = cleanup.use(await startInstallation({ settings: { ...usual, ...settings } }))
  const { server, tenant } = installation
  cleanup.use(await startEdge({ port, origin: server.url, purgeSecret: SECRET }))
  cleanup.use(startWebhookSender(server))
  const webhookSecret = String((await tenant.native('POST', '/webhooks', { url: receiver.url }))['secret'])
  const stack = cleanup.move()
  return {
    ...{ installation, edge, receiver, webhookSecret },
    eventsOf: (id) => eventsOf(receiver, id),
    async cached(id, path) {
      const answer = await fetch(`${edge}/asset/${id}/${path}`)
      await answer.arrayBuffer()
      return `${answer.status} ${answer.headers.get('x-cache-status')}`
    },
    async refresh(id) {
      const { task_id } = await callOperation(tenant, 'refreshAsset', { body: { asset_id_list: [id] } })
      await until('the edge has forgotten it', async () => {
        const { refresh_results } = await callOperation(tenant, 'showRefreshResult', { query: `task_id=${task_id}` })
        return refresh_results.every(({ status }: { status: string }) => status === 'SUCCEED')
      })
    },
    async playToken(id) {
      const answer = await tenant.native('POST', '/assets/play-tokens', { asset_id: id, viewer: 'alice' })
      return String(answer['token'])
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}

const eventsOf = ({ received }: Receiver, id: AssetId): readonly AssetEvent[] =>
  received
    .map(({ body }) => JSON.parse(JSON.parse(body).message))
    .map(({ event_type: kind, ...payload }) => ({ kind, told: Object(Object.values(payload)[0]) }))
    .filter(({ told }) => told.asset_id === id)
