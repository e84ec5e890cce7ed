/**
 * Many who ask for the same at the same time share an answer. Whoever asks while a look is under way gets that of the next one, which begins after
 * they asked: nobody is told what was so before.
 */
export const shareLooks = <K, V>(look: (key: K) => Promise<V>): ((key: K) => Promise<V>) => {
  const running = new Map<K, Promise<V>>()
  const next = new Map<K, Promise<V>>()
  const begin = (key: K): Promise<V> => {
    next.delete(key)
    const looking = look(key).finally(() => running.delete(key))
    running.set(key, looking)
    return looking
  }
  const queue = (key: K, before: Promise<V>): Promise<V> => {
    const waiting = before.then(
      () => begin(key),
      () => begin(key),
    )
    next.set(key, waiting)
    return waiting
  }
  return (key) => {
    const before = running.get(key)
    return next.get(key) ?? (before === undefined ? begin(key) : queue(key, before))
  }
}
