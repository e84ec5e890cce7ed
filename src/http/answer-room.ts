import { createByteRoom } from '../core/shared/byte-room.ts'
import { onceOver } from './once-over.ts'
import type { Exchange } from './send-object.ts'

interface RoomBounds {
  /** Of all that is being made and sent. */
  readonly totalBytes: number
  /** How long it is waited for. */
  readonly patienceMs: number
  /** How long one answer may hold it. */
  readonly sendingMs: number
}

/** Bytes that are the same for all who ask for them under the name. */
export interface MadeBytes {
  readonly name: string
  /** In memory while they are made, at most. Then it is their number that counts. */
  readonly mostBytes: number
  readonly make: () => Promise<Uint8Array>
}

/** `undefined`: there is no room for now. */
export type HoldBytes = (made: MadeBytes, exchange: Exchange) => Promise<Uint8Array | undefined>

/**
 * What is being made or sent is given to everybody else who asks for it meanwhile, and counts once. A request holds it until its answer is over, and is
 * cut off when it does not take it in time: else a few who stop reading would keep out all others.
 */
export const createAnswerRoom = (bounds: RoomBounds): HoldBytes => {
  const shared = new Map<string, SharedBytes>()
  const begin = sharing(bounds, shared)
  return async (made, exchange) => {
    const { request, reply } = exchange
    // Nobody would give back what it took now.
    if (request.raw.socket.destroyed || reply.raw.closed) return
    const one = shared.get(made.name) ?? begin(made)
    one.join()
    let cut: NodeJS.Timeout | undefined
    let isOver = false
    onceOver(exchange, () => {
      isOver = true
      clearTimeout(cut)
      one.leave()
    })
    const bytes = await one.bytes
    if (!isOver) cut = setTimeout(() => request.raw.socket.destroy(), bounds.sendingMs)
    return bytes
  }
}

interface SharedBytes {
  readonly bytes: Promise<Uint8Array | undefined>
  join(): void
  leave(): void
}

/** It is in `shared` for as long as others may join. */
const sharing = ({ totalBytes, patienceMs }: RoomBounds, shared: Map<string, SharedBytes>) => {
  const room = createByteRoom(totalBytes)
  return ({ name, mostBytes, make }: MadeBytes): SharedBytes => {
    let state: 'waiting' | 'making' | 'made' = 'waiting'
    let [holders, heldBytes] = [0, 0]
    const gone = new AbortController()
    const hold = (bytes: number): void => {
      room.give(heldBytes - bytes)
      heldBytes = bytes
    }
    const end = (): void => {
      if (shared.get(name) === one) shared.delete(name)
      hold(0)
    }
    const makeInRoom = async (): Promise<Uint8Array | undefined> => {
      const needed = Math.min(mostBytes, totalBytes)
      const isIn = await room.take(needed, AbortSignal.any([gone.signal, AbortSignal.timeout(patienceMs)]))
      if (!isIn) {
        end()
        return
      }
      heldBytes = needed
      state = 'making'
      try {
        const bytes = await make()
        hold(bytes.length)
        state = 'made'
        if (holders === 0) end()
        return bytes
      } catch (error) {
        end()
        throw error
      }
    }
    const one: SharedBytes = {
      bytes: makeInRoom(),
      join() {
        holders += 1
      },
      leave() {
        holders -= 1
        if (holders > 0 || state === 'making') return
        gone.abort()
        end()
      },
    }
    shared.set(name, one)
    return one
  }
}
