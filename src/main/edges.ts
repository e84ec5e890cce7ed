import { createEdgeCaches } from '../adapters/fetch/edge-caches.ts'
import type { EdgeCaches } from '../core/delivery/edge-ports.ts'
import type { Config } from './config.ts'

export const openEdges = ({ edgeUrls, edgePurgeSecret, publicUrl }: Config): EdgeCaches =>
  createEdgeCaches({
    edges: edgeUrls,
    purgeSecret: edgePurgeSecret,
    host: publicUrl === undefined ? undefined : new URL(publicUrl).host,
  })
