import { PassThrough } from 'node:stream'
import { sql } from 'kysely'
import type { AssetId } from '../../src/core/shared/ids.ts'
import { createLogger } from '../../src/http/logger.ts'
import { runWebhookSender } from '../../src/main/webhooks.ts'
import { insertAsset } from '../contract/asset-fixtures.ts'
import { type ContractServer, startContractServer, type Tenant } from '../contract/support.ts'
import type { Received } from '../support/receiver.ts'

export interface Workbench extends AsyncDisposable {
  readonly server: ContractServer
  addWebhook(url: string, more?: object, by?: Tenant): Promise<{ readonly id: string; readonly secret: string }>
  /** One more event of an asset that takes nothing but a fact; `reason` is what its message says. */
  tell(id: AssetId, reason: string): Promise<void>
  newAsset(): Promise<AssetId>
  /** Starts a sender in this process; it ends with the workbench, or when stopped. */
  send(options?: { readonly fetchAllowPrivate?: boolean }): { stop(): Promise<void> }
  /** What senders have logged since it was asked last. */
  logged(): string
  /** `state tries` of all deliveries, in order. */
  states(): Promise<readonly string[]>
  /** Lets what pauses, for longer than this, be due now. */
  hurry(seconds?: number): Promise<void>
}

/** An API on a database of its own that may call this machine. Nothing is sent until a sender is started. */
export const createWorkbench = async (): Promise<Workbench> => {
  const server = await startContractServer({ TELECINE_FETCH_ALLOW_PRIVATE: 'true' })
  const { foundation, tenant } = server
  const log = new PassThrough()
  const senders = new Set<{ stop(): Promise<void> }>()
  return {
    server,
    logged: () => String(log.read() ?? ''),
    addWebhook: async (url, more = {}, by = tenant) =>
      Object(await by.native('POST', '/webhooks', { url, format: 'raw', ...more })),
    tell: (id, reason) =>
      foundation.transactions.write(async (tx) => {
        await tx.lockAsset(id)
        await tx.record(id, { type: 'cover_failed', reason })
      }),
    newAsset: () => insertAsset(server, tenant),
    send({ fetchAllowPrivate = true } = {}) {
      const config = { ...foundation.config, fetchAllowPrivate }
      const end = new AbortController()
      const logger = createLogger({ level: 'trace', destination: log })
      const options = { publicUrl: () => server.url, signal: end.signal }
      const running = runWebhookSender({ ...foundation, config, logger }, options)
      const sender = {
        async stop() {
          end.abort()
          await running
        },
      }
      senders.add(sender)
      return sender
    },
    async states() {
      const { rows } = await sql<{ text: string }>`
        select state || ' ' || tries as text from webhook_delivery order by id`.execute(foundation.db)
      return rows.map(({ text }) => text)
    },
    async hurry(seconds = 0) {
      await sql`
        update webhook_lane set due_at = now() where due_at > now() + make_interval(secs => ${seconds})
      `.execute(foundation.db)
    },
    async [Symbol.asyncDispose]() {
      for (const sender of senders) await sender.stop()
      await server[Symbol.asyncDispose]()
    },
  }
}

/** What `tell` said. */
export const reasonIn = ({ body }: Received): string => JSON.parse(body).cover_info.error_msg
export const assetIn = ({ body }: Received): string => JSON.parse(body).cover_info.asset_id
