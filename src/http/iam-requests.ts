import Type, { type Static, type TSchema } from 'typebox'
import { Check } from 'typebox/value'
import { IamError } from './iam-error.ts'

const Name = Type.String({ minLength: 1, maxLength: 256 })
/** By name or id. Members that only some clients send, such as the project's domain, do not matter. */
const Named = Type.Union([Type.Object({ name: Name }), Type.Object({ id: Name })])

/** `user.domain` is required: accounts of the vendor have users of the same names. */
export const SignInRequest = Type.Object({
  auth: Type.Object({
    identity: Type.Object({
      methods: Type.Tuple([Type.Literal('password')]),
      password: Type.Object({
        user: Type.Object({ name: Name, password: Type.String({ minLength: 1, maxLength: 1024 }), domain: Named }),
      }),
    }),
    scope: Type.Union([Type.Object({ project: Named }), Type.Object({ domain: Named })]),
  }),
})

export const TemporaryKeyRequest = Type.Object({
  auth: Type.Object({
    identity: Type.Object({
      methods: Type.Tuple([Type.Literal('token')]),
      token: Type.Optional(
        Type.Object({
          id: Type.Optional(Type.String()),
          duration_seconds: Type.Optional(Type.Integer({ minimum: 900, maximum: 86_400 })),
        }),
      ),
      policy: Type.Optional(Type.Unknown()),
    }),
  }),
})

export const NewProjectRequest = Type.Object({
  project: Type.Object({ name: Type.String({ minLength: 1, maxLength: 64 }) }),
})

/** Far above any of these requests; they are parsed before anybody proved anything. */
const MAX_BYTES = 64 * 1024

/** Unknown members are ignored. Throws `IamError` 400. */
export const parseBody = <Schema extends TSchema>(schema: Schema, rawBody: Buffer): Static<Schema> => {
  const json = rawBody.length > MAX_BYTES ? undefined : parseJson(rawBody.toString('utf8'))
  if (!Check(schema, json)) throw new IamError(400, 'The request body is invalid')
  return json
}

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
