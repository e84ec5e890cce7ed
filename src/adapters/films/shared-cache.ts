import { LRUCache } from 'lru-cache'

interface Room<V> {
  readonly mostBytes: number
  readonly bytesOf: (value: V) => number
}

/**
 * What many ask for at once is made once, and the values asked for last are kept while there is room. What is being made lies
 * outside of that: lru-cache would evict it, and whoever waits for it with it.
 */
export class SharedCache<V extends object> {
  readonly #kept: LRUCache<string, V>
  readonly #pending = new Map<string, Promise<V>>()

  constructor({ mostBytes, bytesOf }: Room<V>) {
    this.#kept = new LRUCache({ maxSize: mostBytes, sizeCalculation: (value) => Math.max(1, bytesOf(value)) })
  }

  /** A failure is told to all who wait, and not kept. */
  async get(key: string, make: () => Promise<V>): Promise<V> {
    return this.#kept.get(key) ?? this.#pending.get(key) ?? this.#make(key, make)
  }

  #make(key: string, make: () => Promise<V>): Promise<V> {
    const value = make()
      .then((made) => {
        this.#kept.set(key, made)
        return made
      })
      .finally(() => this.#pending.delete(key))
    this.#pending.set(key, value)
    return value
  }
}
