import { addBucket, assignBucket, listBuckets, removeBucket } from '../native/buckets.ts'
import { type Command, defineCommand } from './define-command.ts'
import { PAGE_SIZE, printPages } from './print-pages.ts'

export const bucketsAdd = defineCommand({
  name: 'buckets add',
  summary: 'Authorise a bucket for the project; made when the store has none of that name.',
  positionals: ['BUCKET'],
  options: {},
  async run({ positionals: [bucket] }, { call, print }) {
    await call(addBucket, { body: { bucket } })
    print(`authorised ${bucket}`)
  },
})

export const bucketsList = defineCommand({
  name: 'buckets list',
  summary: 'List the buckets of the project, or with --all of every project.',
  positionals: [],
  options: { all: { type: 'boolean' } },
  async run({ options: { all = false } }, { call, print }) {
    await printPages(
      async (page) => (await call(listBuckets, { query: { page, size: PAGE_SIZE, all: all ? 1 : 0 } })).buckets,
      ({ bucket, project, authorized }) => print(`${bucket}\t${project}\t${authorized ? 'authorised' : 'revoked'}`),
    )
  },
})

export const bucketsRemove = defineCommand({
  name: 'buckets remove',
  summary: 'Forget who owns a bucket. The bucket and its objects stay.',
  positionals: ['BUCKET'],
  options: {},
  async run({ positionals: [bucket] }, { call, print }) {
    await call(removeBucket, { query: { bucket } })
    print(`forgot ${bucket}`)
  },
})

export const bucketsAssign = defineCommand({
  name: 'buckets assign',
  summary: 'Give a bucket to a project, which may then authorise it.',
  positionals: ['BUCKET', 'PROJECT'],
  options: {},
  async run({ positionals: [bucket, project] }, { call, print }) {
    await call(assignBucket, { body: { bucket, project } })
    print(`${bucket} belongs to ${project}`)
  },
})

export const BUCKET_COMMANDS: readonly Command[] = [bucketsAdd, bucketsList, bucketsRemove, bucketsAssign]
