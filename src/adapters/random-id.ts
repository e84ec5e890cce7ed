import { randomBytes } from 'node:crypto'
import type { NewId } from '../core/shared/ids.ts'

/** The one source of ids outside tests. */
export const randomId: NewId = () => randomBytes(16).toString('hex')
