import type { Now } from '../shared/clock.ts'
import type { NewId } from '../shared/ids.ts'
import type { ObjectStore } from '../shared/object-store.ts'
import { authorizeBucket, isGranted } from './authorize-bucket.ts'
import { bootstrap } from './bootstrap.ts'
import { addAccessKey, listAccessKeys, removeAccessKey } from './manage-access-keys.ts'
import { addBucket, assignBucket, listBuckets, removeBucket } from './manage-buckets.ts'
import { addProject, listProjects, removeProject, setWeight } from './manage-projects.ts'
import { addUser, listUsers, removeUser, setMembership, setPassword, setUserEnabled } from './manage-users.ts'
import type { AccountStore, BucketStore } from './ports.ts'
import { createSealer, type RandomBytes } from './sealer.ts'
import { issueTemporaryKey, signIn } from './sign-in.ts'
import type { AuthUseCases } from './use-cases.ts'
import { checkToken, lookUpAccessKey, lookUpTemporaryKey } from './verify-credentials.ts'

export interface AuthDeps {
  readonly accounts: AccountStore
  readonly buckets: BucketStore
  readonly objects: Pick<ObjectStore, 'bucketExists' | 'createBucket' | 'whereBucketsAre'>
  readonly serviceBucket: string
  /** 32 bytes; secret keys are stored, tokens issued under keys derived from it. */
  readonly masterKey: Uint8Array
  readonly random: RandomBytes
  readonly newId: NewId
  readonly now: Now
}

/** Throws when the master key has not 32 bytes. */
export const createAuth = (deps: AuthDeps): AuthUseCases => {
  const sealers = {
    secretKeys: createSealer(deps.masterKey, 'secret-key', deps.random),
    tokens: createSealer(deps.masterKey, 'token', deps.random),
    temporaryKeys: createSealer(deps.masterKey, 'temporary-key', deps.random),
  }
  const credentials = { ...deps, ...sealers }
  const issuing = { ...credentials, checkToken: checkToken(credentials) }
  return {
    lookUpAccessKey: lookUpAccessKey(credentials),
    lookUpTemporaryKey: lookUpTemporaryKey(credentials),
    checkToken: issuing.checkToken,
    signIn: signIn(issuing),
    issueTemporaryKey: issueTemporaryKey(issuing),
    showUser: (id) => deps.accounts.identity(id),
    addUser: addUser(deps),
    listUsers: listUsers(deps),
    removeUser: removeUser(deps),
    setUserEnabled: setUserEnabled(deps),
    setPassword: setPassword(deps),
    setMembership: setMembership(deps),
    addProject: addProject(deps),
    listProjects: listProjects(deps),
    removeProject: removeProject(deps),
    setWeight: setWeight(deps),
    addAccessKey: addAccessKey(credentials),
    listAccessKeys: listAccessKeys(credentials),
    removeAccessKey: removeAccessKey(credentials),
    authorizeBucket: authorizeBucket(deps),
    isGranted: isGranted(deps.buckets),
    addBucket: addBucket(deps),
    listBuckets: listBuckets(deps),
    assignBucket: assignBucket(deps),
    removeBucket: removeBucket(deps),
    bootstrap: bootstrap(credentials),
  }
}
