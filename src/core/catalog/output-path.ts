/** So that every name that we write below it stays within the 1,024 bytes of a key. */
const MAX_PATH_BYTES = 800

/** Without the slash that may stand on either side: `""` is the root of the bucket. */
export const trimSlashes = (path: string): string => path.replaceAll(/^\/|\/$/g, '')

/** The beginning of all keys below a path; empty or ends in a slash. */
export const folderPrefix = (path: string): string => {
  const trimmed = trimSlashes(path)
  return trimmed === '' ? '' : `${trimmed}/`
}

/**
 * Why nothing can be stored below this path; `undefined` when something can. Completes the sentence "output_path ...". A file
 * server would lead `.` and `..` elsewhere, and nobody can type what cannot be seen.
 */
export const outputPathDefect = (path: string): string | undefined => {
  const trimmed = trimSlashes(path)
  if (Buffer.byteLength(trimmed) > MAX_PATH_BYTES) return `must have at most ${MAX_PATH_BYTES} bytes of UTF-8`
  if (/\p{Cc}/u.test(trimmed)) return 'must not hold control characters'
  const parts = trimmed.split('/')
  if (parts.some((part) => part === '.' || part === '..')) return 'must not hold "." or ".." as a part'
  return parts.length > 1 && parts.includes('') ? 'must not hold empty parts' : undefined
}
