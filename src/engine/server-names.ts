/** PostgreSQL notification channel; the payload is the queue that has new work. */
export const WAKE_CHANNEL = 'engine_wake'

/** First keys of our advisory locks; the second is the number of a worker session, or 0. */
export const WORKER_LOCK = 7_261_001
export const REAPER_LOCK = 7_261_002
export const INSTALL_LOCK = 7_261_003
/** The second is a hash of a kind of work. */
export const PACE_LOCK = 7_261_004
