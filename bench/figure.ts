/** One line of the table: a figure of one run, and what it was made of. */
export interface Figure {
  /** Letter of the issue's list and what it is, e.g. `a.30s.cpu`. */
  readonly id: string
  readonly what: string
  readonly value: number
  readonly unit: 'ratio' | 's' | 'ms' | 'MB' | 'Gbit/s' | 'VMAF'
  readonly target?: Target
  /** Both sides of a ratio and the like, with units in their names. */
  readonly parts: Readonly<Record<string, number>>
}

export type Target = { readonly atMost: number } | { readonly atLeast: number }

export const isMet = ({ value, target }: Figure): boolean | undefined => {
  if (!target) return undefined
  return 'atMost' in target ? value <= target.atMost : value >= target.atLeast
}

export const median = (values: readonly number[]): number => quantile(values, 0.5)

/** Of few values the mean of the two in the middle; between neighbours it is interpolated. */
export const quantile = (values: readonly number[], share: number): number => {
  const sorted = values.toSorted((a, b) => a - b)
  const place = (sorted.length - 1) * share
  const [below, above] = [sorted[Math.floor(place)], sorted[Math.ceil(place)]]
  if (below === undefined || above === undefined) throw new Error('a quantile needs values')
  return below + (above - below) * (place - Math.floor(place))
}

/** Enough digits to see what is there, and no more. */
export const rounded = (value: number): number => Number(Math.abs(value) < 10 ? value.toFixed(3) : value.toFixed(1))

/** A quick run judges nothing: its clips are so short that fixed costs are all one sees. */
export const renderTable = (figures: readonly Figure[], { judged }: { readonly judged: boolean }): string => {
  const rows = figures.map((figure) => [
    figure.id,
    `${rounded(figure.value)}${figure.unit === 'ratio' ? '' : ` ${figure.unit}`}`,
    targetText(figure.target),
    judged ? verdict(figure) : '-',
    `${figure.what} (${partsText(figure.parts)})`,
  ])
  const all = [['line', 'value', 'target', 'met', 'what'], ...rows]
  const widths = [0, 1, 2, 3].map((column) => Math.max(...all.map((row) => row[column]?.length ?? 0)))
  return all.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')).join('\n')
}

const targetText = (target: Target | undefined): string => {
  if (!target) return '-'
  return 'atMost' in target ? `<= ${target.atMost}` : `>= ${target.atLeast}`
}

const verdict = (figure: Figure): string => {
  const met = isMet(figure)
  if (met === undefined) return '-'
  return met ? 'yes' : 'NO'
}

const partsText = (parts: Figure['parts']): string =>
  Object.entries(parts)
    .map(([name, value]) => `${name} ${rounded(value)}`)
    .join(', ')
