export type AuthUseCases = object
