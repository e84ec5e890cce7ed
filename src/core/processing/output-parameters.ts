import { createHash } from 'node:crypto'
import type { TranscodeSettings } from '../catalog/transcode-settings.ts'
import type { PinnedObject } from './ports.ts'

/**
 * 32 hex digits that say what makes the outputs: the version of the source, and the settings. An equal transcode keeps the play
 * URLs, another one changes them (decisions.md 3).
 */
export const outputParameters = ({ etag, sizeBytes }: PinnedObject, settings: TranscodeSettings): string =>
  createHash('sha256')
    .update(JSON.stringify([etag, sizeBytes, settings], inOrder))
    .digest('hex')
    .slice(0, 32)

/** PostgreSQL keeps the members of JSON in an order of its own. */
const inOrder = (_: string, value: unknown): unknown =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)))
    : value
