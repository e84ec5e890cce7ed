import type { Finding } from '../core/lifecycle/audit-storage.ts'

export type AuditFormat = 'table' | 'json'

export interface AuditReport {
  add(finding: Finding): void
  /** Prints what is left to say; answers how many findings are wrong. */
  end(): number
}

/** Line by line, so that nothing is kept. What waits for its sweep is as it should be. */
export const createAuditReport = (format: AuditFormat, print: (line: string) => void): AuditReport => {
  const counts: Record<Finding['kind'], number> = { missing: 0, stuck: 0, orphan: 0, awaits_sweep: 0 }
  return {
    add(finding) {
      counts[finding.kind] += 1
      if (format === 'json') print(JSON.stringify(finding))
      else if (finding.kind !== 'awaits_sweep') print(lineOf(finding))
    },
    end() {
      const { missing, stuck, orphan, awaits_sweep: waiting } = counts
      const said = `${missing} missing, ${stuck} stuck, ${orphan} without an owner; ${waiting} more wait for their removal`
      if (format === 'table') print(said)
      return missing + stuck + orphan
    },
  }
}

const lineOf = (finding: Finding): string => {
  const place = 'key' in finding ? `${finding.bucket}/${finding.key}` : finding.state
  return [finding.kind.padEnd(8), ('asset' in finding ? finding.asset : '-').padEnd(32), place].join('  ')
}
