import { connect } from 'node:net'

const BUFFER_BYTES = 1 << 20

export interface Download {
  readonly requests: number
  /** Of the bodies. */
  readonly bytes: number
}

/**
 * Gets files over kept connections, each asking for the next one when it has the last, and throws away what comes: as little work for a byte as
 * Node can do, so that servers are compared and not this. `next` answers a path below the origin; without one a connection ends.
 */
export const download = async (
  origin: string,
  { connections, next }: { readonly connections: number; readonly next: () => string | undefined },
): Promise<Download> => {
  const lanes = await Promise.all(Array.from({ length: connections }, () => downloadOnOne(new URL(origin), next)))
  const sum = (member: keyof Download) => lanes.reduce((total, lane) => total + lane[member], 0)
  return { requests: sum('requests'), bytes: sum('bytes') }
}

/** Each of these once. */
export const eachOf = (paths: readonly string[]): (() => string | undefined) => {
  const left = paths.values()
  return () => left.next().value
}

/** These, again and again, for so long. */
export const roundAndRound = (paths: readonly string[], seconds: number): (() => string | undefined) => {
  const deadline = performance.now() + seconds * 1000
  let at = 0
  return () => (performance.now() < deadline ? paths[at++ % paths.length] : undefined)
}

const downloadOnOne = ({ hostname, port, host }: URL, next: () => string | undefined): Promise<Download> =>
  new Promise((resolve, reject) => {
    let [requests, bytes] = [0, 0]
    let head = ''
    let missing = 0
    const onBytes = (length: number, buffer: Uint8Array): boolean => {
      if (missing > 0) missing -= length
      else {
        head += Buffer.from(buffer.buffer, buffer.byteOffset, length).toString('latin1')
        const end = head.indexOf('\r\n\r\n')
        if (end < 0) return true
        const [, size] = /\r\ncontent-length: (\d+)\r\n/i.exec(head.slice(0, end + 2)) ?? []
        if (size === undefined || !head.startsWith('HTTP/1.1 200 '))
          socket.destroy(new Error(`${host} answered ${head.slice(0, end)}`))
        missing = Number(size) - (head.length - end - 4)
        bytes += Number(size)
        head = ''
      }
      if (missing === 0) ask()
      return true
    }
    const socket = connect({
      ...{ host: hostname, port: Number(port) },
      onread: { buffer: Buffer.allocUnsafe(BUFFER_BYTES), callback: onBytes },
    })
    const ask = (): void => {
      const path = next()
      if (path === undefined) {
        socket.destroy()
        resolve({ requests, bytes })
        return
      }
      requests += 1
      socket.write(`GET ${path} HTTP/1.1\r\nHost: ${host}\r\n\r\n`)
    }
    socket.once('connect', ask)
    socket.once('error', reject)
    socket.once('close', () => reject(new Error(`${host} closed the connection`)))
  })
