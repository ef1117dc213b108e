import { sha256 } from '../../text/hash.ts'

/** The id of a finding. Without line, severity and title: those change from run to run. */
export function fingerprint(path: string, defect: string, quote: string, occurrence: number): string {
  const parts = [path, defect, quote.replace(/\s+/g, ' ').trim(), String(occurrence)]
  return sha256(parts.join('\0')).slice(0, 16)
}
