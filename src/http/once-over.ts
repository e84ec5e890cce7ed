import type { Exchange } from './send-object.ts'

/** When the answer was sent, or its connection ended. An answer that stands behind another one on its connection does not learn of the end of it. */
export const onceOver = ({ request, reply }: Exchange, act: () => void): void => {
  const { socket } = request.raw
  const end = (): void => {
    socket.off('close', end)
    reply.raw.off('close', end)
    act()
  }
  socket.once('close', end)
  reply.raw.once('close', end)
}
