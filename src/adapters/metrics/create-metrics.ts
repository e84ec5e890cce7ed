import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { Backlog } from '../../engine/backlog.ts'
import type { TaskTry } from '../../engine/run-claim.ts'
import { STORE_OPERATIONS, type StoreOperation } from './count-store-errors.ts'
import type { Encoded } from './measure-encodes.ts'

/** An answer to a viewer. */
export interface Delivered {
  /** Of the thing: `playlist`, `segment`, ... */
  readonly kind: string
  /** 2 for 2xx, and so on. */
  readonly statusClass: number
  /** From the request to the first byte of the answer. */
  readonly seconds: number
}

/** What a process of ours counts, in the form of Prometheus. docs/metrics.md lists the series. */
export interface Metrics {
  readonly contentType: string
  text(): Promise<string>
  readonly tried: (task: TaskTry) => void
  readonly encoded: (encode: Encoded) => void
  readonly delivered: (answer: Delivered) => void
  /** Bytes that went out for a kind of thing, also of answers that were cut off. */
  readonly sent: (kind: string, bytes: number) => void
  readonly storeFailed: (operation: StoreOperation) => void
}

/** `backlog` is asked with every scrape; absent: this process does not say what waits. */
export const createMetrics = (backlog?: () => Promise<readonly Backlog[]>): Metrics => {
  const registry = new Registry()
  const registers = [registry]
  collectDefaultMetrics({ register: registry })
  const showBacklog = backlog && backlogOn(registry, backlog)
  const tries = new Histogram({
    ...{ name: 'telecine_task_seconds', help: 'Tries of tasks, by how they ended.', registers },
    labelNames: ['kind', 'outcome'],
    buckets: [0.1, 0.5, 2, 10, 30, 120, 600, 1800, 7200, 21_600],
  })
  const media = new Counter({
    ...{ name: 'telecine_encoded_media_seconds_total', help: 'Length of what was encoded.', registers },
  })
  const wall = new Counter({
    ...{ name: 'telecine_encoding_seconds_total', help: 'How long these encodes took.', registers },
  })
  const answers = new Histogram({
    ...{ name: 'telecine_delivery_seconds', help: 'From the request of a viewer to the first byte.', registers },
    labelNames: ['kind', 'status'],
    buckets: [0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 3, 10],
  })
  const bytes = new Counter({
    ...{ name: 'telecine_delivery_bytes_total', help: 'Sent to viewers, headers included.', registers },
    labelNames: ['kind'],
  })
  const storeErrors = new Counter({
    ...{ name: 'telecine_store_errors_total', help: 'Operations that the object store could not do.', registers },
    labelNames: ['operation'],
  })
  // From 0 on, so that the first one is an increase.
  for (const operation of STORE_OPERATIONS) storeErrors.inc({ operation }, 0)
  return {
    contentType: registry.contentType,
    async text() {
      await showBacklog?.()
      return registry.metrics()
    },
    tried: ({ kind, outcome, seconds }) => tries.observe({ kind, outcome }, seconds),
    encoded({ mediaSeconds, wallSeconds }) {
      media.inc(mediaSeconds)
      wall.inc(wallSeconds)
    },
    delivered: ({ kind, statusClass, seconds }) => answers.observe({ kind, status: `${statusClass}xx` }, seconds),
    sent: (kind, count) => bytes.inc({ kind }, count),
    storeFailed: (operation) => storeErrors.inc({ operation }),
  }
}

type Show = () => Promise<void>

const backlogOn = (registry: Registry, backlog: () => Promise<readonly Backlog[]>): Show => {
  const common = { labelNames: ['queue', 'kind', 'tenant'] as const, registers: [registry] }
  const tasks = new Gauge({
    ...common,
    name: 'telecine_queue_tasks',
    help: 'Tasks that could run and wait for a worker.',
  })
  const oldest = new Gauge({
    ...common,
    name: 'telecine_queue_oldest_seconds',
    help: 'How long the first of them waits.',
  })
  const running = new Gauge({ ...common, name: 'telecine_queue_running_tasks', help: 'Tasks that workers run.' })
  return async () => {
    // While the database is away, which /readyz says, the other series are wanted more than ever.
    const waiting = await backlog().catch(() => [])
    for (const gauge of [tasks, oldest, running]) gauge.reset()
    for (const { queue, kind, tenant, ...figures } of waiting) {
      tasks.set({ queue, kind, tenant }, figures.tasks)
      oldest.set({ queue, kind, tenant }, figures.oldestSeconds)
      running.set({ queue, kind, tenant }, figures.running)
    }
  }
}
