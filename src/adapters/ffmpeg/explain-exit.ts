import { MediaFailure } from '../../core/processing/ports.ts'

/** Why we ended FFmpeg ourselves. */
export type Stop =
  | { readonly type: 'wall_limit'; readonly seconds: number }
  | { readonly type: 'no_progress'; readonly seconds: number }
  | { readonly type: 'output_limit'; readonly bytes: number }
  /** By the caller: whoever did it knows the reason. */
  | { readonly type: 'cancelled' }

export interface Exit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  /** The end of what it wrote there. */
  readonly stderr: string
  readonly stop: Stop | undefined
}

const CRASHES: ReadonlySet<string> = new Set(['SIGSEGV', 'SIGABRT', 'SIGBUS', 'SIGILL', 'SIGFPE', 'SIGSYS'])

interface Sign {
  readonly pattern: RegExp
  readonly reason: string
  readonly permanent: boolean
}

/** Looked for in this order: the first names the root, the later ones what follows from it. */
const SIGNS: readonly Sign[] = [
  { pattern: /No space left on device/, reason: 'the disk is full', permanent: false },
  {
    pattern: /Cannot allocate memory|malloc of size \d+ failed|Out of memory|pthread_create\(?\)? failed/i,
    reason: 'it needs more memory than one process may have',
    permanent: true,
  },
  {
    // Not `Input/output error`: that is what broken Matroska gives; a store that fails is known from our own proxy.
    pattern: /Connection refused|Connection reset|HTTP error|Server returned/i,
    reason: 'the source could not be read',
    permanent: false,
  },
  {
    pattern: /experimental codecs are not enabled|Decoder .* not found|no decoder found|Unsupported codec/i,
    reason: 'there is no decoder for its codec',
    permanent: true,
  },
  {
    // Of a colour matrix that the scaler has no numbers for, such as YCgCo.
    pattern: /Impossible to convert between the formats supported by the filter/,
    reason: 'its colours are in a form that cannot be converted',
    permanent: true,
  },
]

/** `undefined` when it ended well. Says in plain words what went wrong, without paths or addresses. */
export const explainExit = (exit: Exit): MediaFailure | undefined => {
  if (exit.stop) return stopped(exit.stop)
  if (exit.code === 0) return undefined
  if (exit.signal && CRASHES.has(exit.signal))
    return new MediaFailure('FFmpeg crashed on this file', { permanent: true })
  if (exit.signal || wasTold(exit)) return new MediaFailure('FFmpeg was killed from outside', KILLED)
  const sign = SIGNS.find(({ pattern }) => pattern.test(exit.stderr))
  if (sign) return new MediaFailure(sign.reason, { permanent: sign.permanent })
  const line = complaintsIn(exit.stderr)[0]
  return new MediaFailure(line ? `FFmpeg says: ${line}` : `FFmpeg ended with code ${exit.code}`, { permanent: true })
}

const KILLED = { permanent: false, killed: true } as const

/** SIGTERM or SIGINT, e.g. of a service manager that ends all processes of a service: it ends in order, and says so only at the level `info`. */
const wasTold = ({ code, stderr }: Exit): boolean =>
  code === 255 && (/received signal \d+/.test(stderr) || complaintsIn(stderr).length === 0)

/** What it says of the file itself, where that is why it ended. */
export const complaintOf = ({ code, signal, stop, stderr }: Exit): string | undefined =>
  stop || code === 0 || signal || SIGNS.some(({ pattern }) => pattern.test(stderr))
    ? undefined
    : complaintsIn(stderr)[0]

const stopped = (stop: Stop): MediaFailure => {
  switch (stop.type) {
    case 'wall_limit':
      // A machine with too much to do looks the same from here, so another try is worth it.
      return new MediaFailure(`it took longer than ${stop.seconds} seconds`, { permanent: false, suspect: true })
    case 'no_progress':
      return new MediaFailure(`FFmpeg made no progress for ${stop.seconds} seconds`, {
        permanent: false,
        suspect: true,
      })
    case 'output_limit':
      return new MediaFailure(`its output grew beyond ${stop.bytes} bytes`, { permanent: true })
    case 'cancelled':
      return new MediaFailure('it was stopped', { permanent: false })
  }
}

const MAX_COMPLAINTS = 5
const MAX_LENGTH = 200

/** Lines that follow from others and say nothing by themselves. */
const NOISE =
  /^(Last message repeated|Conversion failed|Task finished|Terminating thread|Error opening input files|\s*$)/

/** The distinct complaints of a log at level `error`, fit to be shown: no addresses of memory, network or files. */
export const complaintsIn = (stderr: string): readonly string[] => {
  const lines = stderr
    .split(/[\r\n]+/)
    .map(cleaned)
    .filter((line) => !NOISE.test(line))
  return [...new Set(lines)].slice(0, MAX_COMPLAINTS)
}

const cleaned = (line: string): string =>
  line
    .replace(/\[[^\]]* @ 0x[0-9a-f]+\] ?/g, '')
    .replace(/\b[a-z]+:\/\/\S+/gi, 'the source')
    .replace(/(?:\/[^\s/:']+){2,}/g, 'a file')
    .replace(/0x[0-9a-f]{6,}/gi, '')
    .replace(/[^\x20-\x7e]/g, '')
    .trim()
    .slice(0, MAX_LENGTH)
