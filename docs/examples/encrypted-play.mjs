// Encrypts a stream and plays it with a token. Run it beside a started Telecine, in the folder that holds its data folder:
//   mkdir -p data/buckets/studio && cp video.mp4 data/buckets/studio/
//   node docs/examples/encrypted-play.mjs
import { readFile } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { BasicCredentials } from '@huaweicloud/huaweicloud-sdk-core'
import { VodClient } from '@huaweicloud/huaweicloud-sdk-vod'

const [bucket = 'studio', object = 'video.mp4'] = process.argv.slice(2)
const key = JSON.parse(await readFile('data/credentials.json', 'utf8'))
const vod = VodClient.newBuilder()
  .withCredential(new BasicCredentials().withAk(key.access_key).withSk(key.secret_key).withProjectId(key.project_id))
  .withEndpoint(key.endpoint)
  .build()

await vod.updateBucketAuthorized({ body: { bucket, operation: '1' } })
const { asset_id } = await vod.publishAssetFromObs({
  body: {
    ...{ title: 'For few', video_type: 'MP4', input: { bucket, location: key.region, object } },
    ...{ template_group_name: 'system_template_group', auto_publish: 1, auto_encrypt: 1 },
  },
})
for (let state = ''; state !== 'TRANSCODE_SUCCEED'; await delay(500)) {
  const { assets } = await vod.listAssetList({ asset_id: [asset_id] })
  state = assets[0].transcode_status
  if (state === 'TRANSCODE_FAILED') throw new Error(assets[0].exec_desc)
}

// What only Telecine has is called with a token of the vendor's sign-in, or signed like everything else.
const user = { name: key.user, password: key.password, domain: { name: key.domain } }
const signIn = await fetch(`${key.endpoint}/v3/auth/tokens`, {
  method: 'POST',
  body: JSON.stringify({
    auth: { identity: { methods: ['password'], password: { user } }, scope: { project: { name: key.region } } },
  }),
})
const answer = await fetch(`${key.endpoint}/telecine/v1/${key.project_id}/assets/play-tokens`, {
  method: 'POST',
  headers: { 'content-type': 'application/json', 'x-auth-token': signIn.headers.get('x-subject-token') ?? '' },
  body: JSON.stringify({ asset_id, viewer: 'alice', ttl_seconds: 3600 }),
})
const { play_url, watch_url } = await answer.json()
console.log('play ', play_url)
console.log('watch', watch_url)
