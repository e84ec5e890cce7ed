import { TextDecoderStream } from 'node:stream/web'

export interface ReceivedEvent {
  readonly event: string
  readonly data: Readonly<Record<string, unknown>>
}

/** The events of a stream, as a client takes them that knows nothing else of it. */
export async function* readEvents(response: Response): AsyncGenerator<ReceivedEvent> {
  if (!response.ok || !response.body) throw new Error(`no stream: ${response.status} ${await response.text()}`)
  let text = ''
  for await (const part of response.body.pipeThrough(new TextDecoderStream())) {
    text += part
    const blocks = text.split('\n\n')
    text = blocks.pop() ?? ''
    for (const block of blocks) {
      const fields = new Map(
        block.split('\n').map((line) => [line.split(': ', 1)[0], line.slice(line.indexOf(': ') + 2)]),
      )
      const data = fields.get('data')
      if (data !== undefined) yield { event: fields.get('event') ?? 'message', data: JSON.parse(data) }
    }
  }
}
