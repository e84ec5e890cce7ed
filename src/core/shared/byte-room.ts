/** Room for so many bytes. */
export interface ByteRoom {
  /** Waits its turn, in order. `false`: the signal fired before. */
  take(bytes: number, signal: AbortSignal): Promise<boolean>
  give(bytes: number): void
}

/** What needs more than there is of it never gets in. */
export const createByteRoom = (totalBytes: number): ByteRoom => {
  let freeBytes = totalBytes
  const waiting: { readonly bytes: number; readonly enter: () => void }[] = []
  const letIn = (): void => {
    for (let next = waiting[0]; next && next.bytes <= freeBytes; next = waiting[0]) {
      waiting.shift()
      freeBytes -= next.bytes
      next.enter()
    }
  }
  return {
    take: (bytes, signal) =>
      new Promise((resolve) => {
        const one = { bytes, enter: () => resolve(true) }
        waiting.push(one)
        letIn()
        const giveUp = () => {
          const place = waiting.indexOf(one)
          if (place < 0) return
          waiting.splice(place, 1)
          resolve(false)
          letIn()
        }
        if (signal.aborted) giveUp()
        else signal.addEventListener('abort', giveUp, { once: true })
      }),
    give(bytes) {
      freeBytes += bytes
      letIn()
    },
  }
}
