import { createHash } from 'node:crypto'

interface PageParts {
  /** Exactly what stands between the tags; one character more, and the browser refuses it. */
  readonly script: string
  readonly style: string
  /** Further directives, by what the page needs. */
  readonly more?: readonly string[]
}

/** A page's `content-security-policy`: its own inline script and style by their hashes, everything else from this server. */
export const pagePolicy = ({ script, style, more = [] }: PageParts): string =>
  [
    "default-src 'self'",
    `script-src 'self' '${hashOf(script)}'`,
    `style-src '${hashOf(style)}'`,
    "img-src 'self' data:",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'self'",
    ...more,
  ].join('; ')

const hashOf = (text: string): string => `sha256-${createHash('sha256').update(text).digest('base64')}`
