export type CatalogUseCases = object
