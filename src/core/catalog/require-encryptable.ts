import type { DomainError } from '../shared/problem.ts'
import type { OutputSettings } from './transcode-settings.ts'

type Formats = readonly Pick<OutputSettings, 'format'>[]

/** Encrypted are HLS outputs alone; those of other formats beside them stay clear (decisions.md 5.6). Throws `without` where there is no HLS. */
export const requireEncryptable = (outputs: Formats, without: DomainError): void => {
  if (!outputs.some(({ format }) => format === 'HLS' || format === 'DASH_HLS')) throw without
}
