export type TemplateUseCases = object
