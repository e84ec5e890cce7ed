/** Values of the samples of a series, by their labels as they are written, e.g. `kind="segment"`. */
export const samplesOf = (text: string, name: string): Readonly<Record<string, number>> =>
  Object.fromEntries(
    [...text.matchAll(new RegExp(`^${name}(?:\\{(.*)\\})? (\\S+)$`, 'gm'))].map(([, labels = '', value]) => [
      labels,
      Number(value),
    ]),
  )

export const readMetrics = async (url: string, token?: string): Promise<string> => {
  const response = await fetch(`${url}/metrics`, token === undefined ? {} : { headers: bearer(token) })
  if (!response.ok) throw new Error(`metrics are answered with ${response.status}`)
  return response.text()
}

export const bearer = (token: string): Readonly<Record<string, string>> => ({ authorization: `Bearer ${token}` })
