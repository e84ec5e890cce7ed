// A worker in a process of its own: node worker-process.ts DATABASE_URL
import { connect } from '../../src/adapters/postgres/connect.ts'
import { createEngine } from '../../src/engine/engine.ts'
import { runWorker } from '../../src/engine/run-worker.ts'
import { fixtureTasks } from './fixture-tasks.ts'
import { silent } from './silent.ts'

const url = process.argv[2]
if (url === undefined) throw new Error('usage: worker-process.ts DATABASE_URL')
const db = connect(url, { max: 4, applicationName: 'worker under test' })
const engine = await createEngine({ db, logger: silent })
await runWorker({
  engine,
  tasks: fixtureTasks(db),
  bind: (trx) => trx,
  connection: { connectionString: url },
  slots: { demand: 0, io: 0, probe: 0, chunk: 0, light: 1, edge: 0 },
  signal: new AbortController().signal,
  drainSeconds: 0,
  logger: silent,
})
