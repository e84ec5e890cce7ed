/** All that FFmpeg sees of our environment: no proxies, no secrets, no `FFREPORT`, messages in English without colours. */
export const FFMPEG_ENVIRONMENT: Readonly<Record<string, string>> = {
  PATH: '/usr/local/bin:/usr/bin:/bin',
  LC_ALL: 'C',
  AV_LOG_FORCE_NOCOLOR: '1',
  // Each arena reserves 64 MB of address space, which the memory limit counts.
  MALLOC_ARENA_MAX: '4',
}
