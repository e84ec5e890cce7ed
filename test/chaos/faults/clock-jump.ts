import { existsSync } from 'node:fs'
import { rename, writeFile } from 'node:fs/promises'
import { type Fault, NO_HARM } from './fault.ts'

const LIBRARY = '/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1'
/** Less than what a signed request may be off: the client's clock stays where it is. */
const FARTHEST_SECONDS = 600

/** Why clocks cannot jump here; `undefined` when they can. */
export const missingClocks = (): string | undefined =>
  existsSync(LIBRARY) ? undefined : `no libfaketime at ${LIBRARY}: install faketime (Debian)`

/** A clock of its own for one process, right at first. What times waits is not touched, as on a real machine. */
export const clockOf = async (path: string) => {
  await writeFile(path, '+0\n')
  const settings = {
    LD_PRELOAD: LIBRARY,
    FAKETIME_TIMESTAMP_FILE: path,
    FAKETIME_NO_CACHE: '1',
    FAKETIME_DONT_FAKE_MONOTONIC: '1',
    DONT_FAKE_MONOTONIC: '1',
  }
  return { path, settings }
}

export const jumpClock: Fault = {
  name: 'clock jumped',
  weight: 1,
  async strike({ site, random }) {
    const clock = random.pick(site.clocks)
    if (clock === undefined) return 'missed'
    const seconds = Math.round(random.between(-FARTHEST_SECONDS, FARTHEST_SECONDS))
    await setClock(clock, seconds)
    return NO_HARM
  },
}

/** Whole or not at all: it is read all the time. */
export const setClock = async (path: string, seconds: number): Promise<void> => {
  await writeFile(`${path}.new`, `${seconds < 0 ? '' : '+'}${seconds}\n`)
  await rename(`${path}.new`, path)
}
