/**
 * For processes of workers. A worker streams blocks of hundreds of kB. Once some were freed, glibc takes the next ones from the
 * heap, where they leave holes that are never given back, tens of MB after minutes; a fixed threshold keeps them out of it.
 */
export const WORKER_ENVIRONMENT = { MALLOC_MMAP_THRESHOLD_: '131072' } as const
