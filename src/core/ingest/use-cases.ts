export type IngestUseCases = object
