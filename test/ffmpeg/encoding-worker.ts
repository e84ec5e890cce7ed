import { planEncode } from '../../src/core/processing/ladder.ts'
import { SYSTEM_SETTINGS } from '../../src/core/templates/system-groups.ts'
import { descendants } from './processes.ts'
import { never, Workbench } from './workbench.ts'

/** A process to be killed: encodes the file named on its command line and says which FFmpeg does it. */
const [, , file] = process.argv
if (!file) throw new Error('usage: encoding-worker FILE')
await using bench = await Workbench.open()
const source = await bench.put(file)
const plan = planEncode(await bench.tool.probe(source, never), { ...SYSTEM_SETTINGS, segmentSeconds: 1 })
await bench.tool.encode(source, plan, {
  signal: never,
  onProgress: () => undefined,
  consume: async (_, bytes) => {
    let told = false
    for await (const _chunk of bytes) {
      if (!told) console.log((await descendants(process.pid, 'ffmpeg'))[0])
      told = true
    }
  },
})
