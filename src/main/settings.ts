import {
  anyText,
  base64Key,
  flag,
  httpAddress,
  httpOrigin,
  httpOrigins,
  listenAddress,
  matching,
  oneOf,
  type Parse,
  postgresUrl,
  proxyTrust,
  wholeNumber,
} from './setting-values.ts'

/** One environment variable: what `config.ts` reads and `docs/running.md` lists. */
export interface Setting<T> {
  readonly meaning: string
  /** For people; the value itself is settled by `readConfig`. */
  readonly default: string
  /** Completes "<name> must be ...". */
  readonly expected: string
  readonly parse: Parse<T>
  /** Its value appears in no message. */
  readonly secret?: true
  /** Read and checked, but without effect so far; says since when it will have one. */
  readonly notYet?: string
}

const setting = <T>(definition: Setting<T>): Setting<T> => definition

const NAME = /^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$/
const BUCKET = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/
const REGION = /^[a-z0-9][a-z0-9-]{0,49}$/
const PRINTABLE = /^[\x21-\x7e]{1,256}$/

/** All settings, in the order in which people should read about them. */
export const SETTINGS = {
  TELECINE_DATA_DIR: setting({
    meaning: 'Folder of everything this machine keeps: database, local buckets, keys.',
    default: './data',
    expected: 'a path',
    parse: anyText,
  }),
  TELECINE_LISTEN: setting({
    meaning: 'Address of the API, delivery and the watch page; port 0 takes any free one.',
    default: '127.0.0.1:8080',
    expected: 'host:port, e.g. 127.0.0.1:8080',
    parse: listenAddress,
  }),
  TELECINE_PUBLIC_URL: setting({
    meaning: 'Where clients and players reach us; begins all URLs in replies.',
    default: 'the address listened on',
    expected: 'http:// or https:// with a host and no path, e.g. https://vod.example.com',
    parse: httpOrigin,
  }),
  TELECINE_REGION: setting({
    meaning: 'Our region: `location` in calls, and the name of the first project.',
    default: 'cn-north-4',
    expected: 'up to 50 lower-case letters, digits and hyphens, e.g. cn-north-4',
    parse: matching(REGION),
  }),
  TELECINE_DATABASE_URL: setting({
    meaning: 'An external PostgreSQL (15 or newer) instead of the embedded one.',
    default: 'embedded, below the data folder',
    expected: 'a URL, e.g. postgresql://user:password@host:5432/telecine',
    parse: postgresUrl,
    secret: true,
  }),
  TELECINE_PG_BIN: setting({
    meaning: 'Folder with `postgres` and `initdb` for the embedded PostgreSQL.',
    default: "npm's platform package",
    expected: 'a path, e.g. /usr/lib/postgresql/18/bin',
    parse: anyText,
  }),
  TELECINE_S3_ENDPOINT: setting({
    meaning: 'An S3 or OBS service that holds the objects, instead of local folders.',
    default: 'local: `buckets/` below the data folder',
    expected: 'http:// or https:// with a host and no path, e.g. https://obs.cn-north-4.example.com',
    parse: httpOrigin,
  }),
  TELECINE_S3_REGION: setting({
    meaning: 'Region that requests to the object service are signed for.',
    default: 'TELECINE_REGION',
    expected: 'up to 50 lower-case letters, digits and hyphens, e.g. us-east-1',
    parse: matching(REGION),
  }),
  TELECINE_S3_ACCESS_KEY: setting({
    meaning: 'Access key for the object service; required with an endpoint.',
    default: 'none',
    expected: 'printable characters without spaces',
    parse: matching(PRINTABLE),
  }),
  TELECINE_S3_SECRET_KEY: setting({
    meaning: 'Secret key for the object service; required with an endpoint.',
    default: 'none',
    expected: 'printable characters without spaces',
    parse: matching(PRINTABLE),
    secret: true,
  }),
  TELECINE_S3_PATH_STYLE: setting({
    meaning: 'Whether the bucket stands in the path (true) or in the host name (false) of requests.',
    default: 'true',
    expected: 'true or false',
    parse: flag,
  }),
  TELECINE_VOD_BUCKET: setting({
    meaning: 'Bucket for everything that we store ourselves; made at start.',
    default: 'vod-bucket-1-{region}',
    expected: 'a bucket name: 3 to 63 lower-case letters, digits, dots and hyphens',
    parse: matching(BUCKET),
  }),
  TELECINE_MASTER_KEY: setting({
    meaning:
      'Seals secret keys and content keys in the database; required, and the same everywhere, with an external database.',
    default: 'made once in `master.key` in the data folder',
    expected: '32 bytes in base64, e.g. from: openssl rand -base64 32',
    parse: base64Key,
    secret: true,
  }),
  TELECINE_PROJECT_ID: setting({
    meaning: 'Id of the project that the first start makes.',
    default: 'random',
    expected: '32 lower-case hex digits',
    parse: matching(/^[0-9a-f]{32}$/),
  }),
  TELECINE_ACCESS_KEY: setting({
    meaning: 'Access key that the first start makes; goes with TELECINE_SECRET_KEY.',
    default: 'random',
    expected: 'up to 64 letters, digits, dots, hyphens and underscores',
    parse: matching(/^[A-Za-z0-9._-]{1,64}$/),
  }),
  TELECINE_SECRET_KEY: setting({
    meaning: 'Secret key that the first start makes; goes with TELECINE_ACCESS_KEY.',
    default: 'random',
    expected: 'printable characters without spaces',
    parse: matching(PRINTABLE),
    secret: true,
  }),
  TELECINE_ADMIN_USER: setting({
    meaning: 'Name of the operator that the first start makes.',
    default: 'admin',
    expected: 'up to 64 letters, digits, dots, hyphens, underscores and @',
    parse: matching(NAME),
  }),
  TELECINE_ADMIN_PASSWORD: setting({
    meaning: 'Password of the operator that the first start makes.',
    default: 'random',
    expected: '8 to 256 characters',
    parse: matching(/^.{8,256}$/u),
    secret: true,
  }),
  TELECINE_WORKER_SLOTS: setting({
    meaning: 'How many encodes one worker runs at once; each of them uses several processors.',
    default: 'one per 4 processors, at least 1',
    expected: 'a number from 1 to 64',
    parse: wholeNumber(1, 64),
  }),
  TELECINE_CHUNK_SECONDS: setting({
    meaning: 'Length of the chunks in which a video of more than two minutes is encoded.',
    default: '60',
    expected: 'a number of seconds from 10 to 3600',
    parse: wholeNumber(10, 3600),
  }),
  TELECINE_SCRATCH_DIR: setting({
    meaning: 'Folder for files of running encodes.',
    default: '`scratch/` below the data folder',
    expected: 'a path',
    parse: anyText,
    notYet: 'No effect yet: encodes write into pipes and keep nothing on disk.',
  }),
  TELECINE_FFMPEG_PATH: setting({
    meaning: 'The FFmpeg program, 5.1 or newer.',
    default: "npm's platform package, else `ffmpeg` on the PATH",
    expected: 'a path, e.g. /usr/bin/ffmpeg',
    parse: anyText,
  }),
  TELECINE_AUDIT_DAYS: setting({
    meaning: 'How long the log of who did what is kept.',
    default: '180',
    expected: 'a number of days from 1 to 36500',
    parse: wholeNumber(1, 36_500),
  }),
  TELECINE_FETCH_ALLOW_PRIVATE: setting({
    meaning:
      'Whether webhooks and the review provider may have addresses of this machine and of private networks; any tenant could then call what is there.',
    default: 'false',
    expected: 'true or false',
    parse: flag,
  }),
  TELECINE_REVIEW_URL: setting({
    meaning:
      'Who looks through pictures for terrorism and politics (docs/review.md); goes with TELECINE_REVIEW_SECRET.',
    default: 'nobody: where a template asks for it, a person must look',
    expected: 'an http:// or https:// address, e.g. https://review.example.com/look',
    parse: httpAddress,
  }),
  TELECINE_REVIEW_SECRET: setting({
    meaning: 'Signs what is sent to TELECINE_REVIEW_URL.',
    default: 'none',
    expected: 'printable characters without spaces',
    parse: matching(PRINTABLE),
    secret: true,
  }),
  TELECINE_REVIEW_WORDS: setting({
    meaning:
      'Folder with lists of words that reviews look for: `porn.txt`, `politics.txt`, `abuse.txt` (docs/review.md).',
    default: '`review/` below the data folder',
    expected: 'a path',
    parse: anyText,
  }),
  TELECINE_REVIEW_OCR: setting({
    meaning:
      'Folder of the installed extra package `extras/review-ocr`: reviews read text in pictures (docs/review.md).',
    default: 'text in pictures is not read',
    expected: 'a path',
    parse: anyText,
  }),
  TELECINE_REVIEW_FACES: setting({
    meaning:
      'Folder with pictures of people whom reviews look for, in a folder `politics`, `terrorism`, or both (docs/review.md).',
    default: 'nobody is looked for',
    expected: 'a path',
    parse: anyText,
  }),
  TELECINE_EDGE_URLS: setting({
    meaning:
      'Edge caches (nginx, Varnish, a CDN) to pull outputs through and to purge; the same for all processes. With it, delivery lets edges keep playlists for 10 minutes.',
    default: 'none',
    expected: 'a comma-separated list of http:// or https:// addresses without a path',
    parse: httpOrigins,
  }),
  TELECINE_EDGE_PREHEAT: setting({
    meaning: 'What preheating pulls of a stream: the playlists and first segments, or all of it.',
    default: 'beginning',
    expected: 'beginning or all',
    parse: oneOf('beginning', 'all'),
  }),
  TELECINE_EDGE_PURGE_SECRET: setting({
    meaning: 'Goes with every PURGE to an edge as `X-Purge-Secret`.',
    default: 'none',
    expected: 'printable characters without spaces',
    parse: matching(PRINTABLE),
    secret: true,
  }),
  TELECINE_METRICS_TOKEN: setting({
    meaning: 'Who sends it as a bearer token may read `/metrics` (docs/metrics.md).',
    default: 'none: this machine alone may, and only while TELECINE_PUBLIC_URL is of this machine, too',
    expected: 'printable characters without spaces',
    parse: matching(PRINTABLE),
    secret: true,
  }),
  TELECINE_METRICS_LISTEN: setting({
    meaning: 'Where a worker answers `/metrics`, `/healthz` and `/readyz`; `serve` does so at TELECINE_LISTEN.',
    default: 'nowhere',
    expected: 'host:port, e.g. 127.0.0.1:9464',
    parse: listenAddress,
  }),
  TELECINE_TLS_CERT: setting({
    meaning: 'Certificate chain file (PEM) for HTTPS; goes with TELECINE_TLS_KEY.',
    default: 'plain HTTP',
    expected: 'a path',
    parse: anyText,
  }),
  TELECINE_TLS_KEY: setting({
    meaning: 'Private key file (PEM) for HTTPS; goes with TELECINE_TLS_CERT.',
    default: 'plain HTTP',
    expected: 'a path',
    parse: anyText,
  }),
  TELECINE_TRUST_PROXY: setting({
    meaning: 'Whether, or from which addresses, `X-Forwarded-*` headers are believed.',
    default: 'false',
    expected: 'true, false, or a comma-separated list of addresses or networks, e.g. 10.0.0.0/8',
    parse: proxyTrust,
  }),
  TELECINE_LOG_LEVEL: setting({
    meaning: 'What is worth a line in the log.',
    default: 'info',
    expected: 'trace, debug, info, warn, error, fatal or silent',
    parse: oneOf('trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'),
  }),
} as const

export type SettingName = keyof typeof SETTINGS

export const isSettingName = (name: string): name is SettingName => Object.hasOwn(SETTINGS, name)
