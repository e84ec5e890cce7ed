import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { isIPv6 } from 'node:net'

export interface NameServer extends AsyncDisposable {
  /** As `setServers` of a resolver takes it. */
  readonly address: string
}

const HEADER_BYTES = 12
const [A, AAAA] = [1, 28]

/** A server of names on this machine (RFC 1035); of IPv6 it knows `::1` alone. Of a name that it does not know it says nothing at all. */
export const startNameServer = async (known: Readonly<Record<string, readonly string[]>>): Promise<NameServer> => {
  const socket = createSocket('udp4')
  socket.on('message', (query, { port, address }) => {
    const { name, end } = nameIn(query)
    const addresses = known[name]
    if (!addresses) return
    const type = query.readUInt16BE(end)
    const wanted = addresses.filter((one) => (isIPv6(one) ? AAAA : A) === type)
    const header = Buffer.from([query[0] ?? 0, query[1] ?? 0, 0x81, 0x80, 0, 1, 0, wanted.length, 0, 0, 0, 0])
    const question = query.subarray(HEADER_BYTES, end + 4)
    socket.send(Buffer.concat([header, question, ...wanted.map((one) => answer(type, one))]), port, address)
  })
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  return {
    address: `127.0.0.1:${socket.address().port}`,
    async [Symbol.asyncDispose]() {
      socket.close()
      await once(socket, 'close')
    },
  }
}

const nameIn = (query: Buffer): { readonly name: string; readonly end: number } => {
  const labels: string[] = []
  let at = HEADER_BYTES
  for (let length = query[at] ?? 0; length > 0; length = query[at] ?? 0) {
    labels.push(query.toString('latin1', at + 1, at + 1 + length))
    at += 1 + length
  }
  return { name: labels.join('.').toLowerCase(), end: at + 1 }
}

/** Of the name in the question, for a minute. */
const answer = (type: number, address: string): Buffer => {
  const bytes = Buffer.from(isIPv6(address) ? [...Array(15).fill(0), 1] : address.split('.').map(Number))
  return Buffer.concat([Buffer.from([0xc0, HEADER_BYTES, 0, type, 0, 1, 0, 0, 0, 60, 0, bytes.length]), bytes])
}
