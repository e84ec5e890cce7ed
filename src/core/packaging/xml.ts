/** Attributes of an element, each with a blank before it. */
export const attributes = (values: Readonly<Record<string, string | number | undefined>>): string =>
  Object.entries(values)
    .map(([name, value]) => ` ${name}="${escapedXml(String(value ?? ''))}"`)
    .join('')

/** Text that stands in XML as it is; without what XML cannot hold. */
export const escapedXml = (text: string): string =>
  text.replace(/\p{Cc}/gu, ' ').replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`)
