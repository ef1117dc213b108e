import type { Unit } from '../../input/unit.ts'
import { type Dropped, noneDropped } from './dropped.ts'
import type { Finding } from './finding.ts'
import { type GroundContext, type Grounding, ground } from './ground.ts'
import { isSurer } from './merge.ts'
import type { RawFinding, ReviewReply } from './reply.ts'
import { maxFindingsPerUnit } from './reply-limits.ts'
import { type ShownUnit, showUnit } from './shown.ts'

/** The findings of one reply whose quotes are in the input: at most three, in the order of the reply, and why the others were dropped. */
export async function groundReply(
  reply: ReviewReply,
  units: readonly Unit[],
  context: GroundContext,
): Promise<{ findings: Finding[]; dropped: Dropped }> {
  const dropped = noneDropped()
  const findings: Finding[] = []
  const shown = units.map(showUnit)
  for (const raw of reply.findings) {
    if (findings.length >= maxFindingsPerUnit) {
      dropped.capped += 1
      continue
    }
    const grounded = await groundIn(shown, raw, context)
    if ('dropped' in grounded) {
      dropped[grounded.dropped] += 1
      continue
    }
    const same = findings.findIndex(({ id }) => id === grounded.finding.id)
    const known = findings[same]
    if (known === undefined) findings.push(grounded.finding)
    else {
      dropped.duplicate += 1
      if (isSurer(grounded.finding, known)) findings[same] = grounded.finding
    }
  }
  return { findings, dropped }
}

async function groundIn(units: readonly ShownUnit[], raw: RawFinding, context: GroundContext): Promise<Grounding> {
  let outcome: Grounding = { dropped: 'ungrounded', why: 'there is no input' }
  for (const unit of units) {
    outcome = await ground(raw, unit, context)
    if ('finding' in outcome) return outcome
  }
  return outcome
}
