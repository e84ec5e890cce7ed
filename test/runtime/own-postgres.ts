/** Owns an embedded PostgreSQL until it is killed: a process of its own for tests that kill it. */
import { startEmbeddedPostgres } from '../../src/main/embedded-postgres/start-embedded-postgres.ts'

const [dataDir] = process.argv.slice(2)
if (dataDir === undefined) throw new Error('usage: own-postgres.ts DATA_DIR')
const log = { debug: () => undefined, info: console.error, warn: console.error }
const postgres = await startEmbeddedPostgres({ dataDir, fsync: 'off', log })
process.once('SIGTERM', () => void postgres.stop())
console.log(JSON.stringify({ url: postgres.url, pid: postgres.pid }))
