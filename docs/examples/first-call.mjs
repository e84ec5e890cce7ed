// The first call with the vendor's own SDK. Run it beside a started Telecine, in the folder that holds its data folder (a clone
// has the SDK already; elsewhere: npm i @huaweicloud/huaweicloud-sdk-vod @huaweicloud/huaweicloud-sdk-core uuid):
//   mkdir -p data/buckets/studio && cp video.mp4 data/buckets/studio/
//   node docs/examples/first-call.mjs
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
    title: 'My first film',
    video_type: 'MP4',
    input: { bucket, location: key.region, object },
    template_group_name: 'system_template_group',
    auto_publish: 1,
  },
})
console.log('asset', asset_id)

// Requests that are plain objects take the names of the wire.
for (let seen = ''; ; await delay(500)) {
  const { assets } = await vod.listAssetList({ asset_id: [asset_id] })
  const { asset_status, transcode_status, exec_desc } = assets[0]
  const states = `${asset_status} ${transcode_status}`
  if (states !== seen) console.log(states)
  seen = states
  if (asset_status === 'FAILED' || transcode_status === 'TRANSCODE_FAILED') throw new Error(exec_desc)
  if (transcode_status === 'TRANSCODE_SUCCEED') break
}

const { transcode_info } = await vod.showAssetDetail({ asset_id })
for (const { quality = 'index', url } of transcode_info.output) console.log(quality, url)
console.log('watch', `${key.endpoint}/watch/${asset_id}`)
