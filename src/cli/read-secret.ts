import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { type Readable, Writable } from 'node:stream'
import { UsageError } from './define-command.ts'

/**
 * Asks for secrets without echo. On a terminal the prompt goes to `output`; of a piped input each call takes the next line,
 * so that scripts can answer several questions.
 */
export const createSecretReader = (
  input: Readable & { readonly isTTY?: boolean },
  output: Writable,
): ((prompt: string) => Promise<string>) => {
  let lines: AsyncIterator<string> | undefined
  return async (prompt) => {
    if (input.isTTY) return askTerminal(input, output, prompt)
    lines ??= createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })[Symbol.asyncIterator]()
    const line = await lines.next()
    if (line.done) throw new UsageError(`${prompt.replace(/:\s*$/, '')} is expected on stdin`)
    return line.value
  }
}

const askTerminal = async (input: Readable, output: Writable, prompt: string): Promise<string> => {
  output.write(prompt)
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() })
  const terminal = createInterface({ input, output: silent, terminal: true })
  try {
    const closed = once(terminal, 'close').then(() => Promise.reject(new UsageError('nothing was entered')))
    const [line] = await Promise.race([once(terminal, 'line'), closed])
    return String(line)
  } finally {
    terminal.close()
    output.write('\n')
  }
}
