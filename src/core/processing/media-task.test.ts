import { expect, test } from 'vitest'
import { KilledFailure, PermanentFailure, SuspectFailure } from '../shared/task.ts'
import { permanently } from './media-task.ts'
import { MediaFailure } from './ports.ts'

test.each([
  [{ permanent: true }, PermanentFailure],
  [{ permanent: false, suspect: true }, SuspectFailure],
  [{ permanent: false, killed: true }, KilledFailure],
  [{ permanent: false }, MediaFailure],
] as const)('the engine hears of a failure %j what it is', async (options, kind) => {
  const failed = permanently(Promise.reject(new MediaFailure('why', options)))
  await expect(failed).rejects.toBeInstanceOf(kind)
  await expect(failed).rejects.toThrow('why')
})
