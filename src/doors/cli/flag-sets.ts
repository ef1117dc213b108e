import { type Flag, runFlags } from './flags.ts'

const { model, root, allow, noAsk, commands, commandAllowlist, sandbox, allowPath, maxTurns, timeout } = runFlags
const { numCtx, option, think, keepAlive: keep, host, engine, allowRemote, quiet, verbose, logFile } = runFlags

/** How a model is asked, for every command that asks one; and what is told meanwhile. */
export const askingFlags: readonly Flag[] = [numCtx, option, think, keep, host, engine, allowRemote]
export const tellingFlags: readonly Flag[] = [quiet, verbose, logFile]

/** For commands that act with consent: a chat, a written task. Their limits are for something else than a run. */
export function actingFlags(limits: { maxTurns: string; timeout: string }): readonly Flag[] {
  const consent = [allow, noAsk, commands, commandAllowlist, sandbox, allowPath]
  const own = [
    { ...maxTurns, help: limits.maxTurns },
    { ...timeout, help: limits.timeout },
  ]
  return [model, root, ...consent, ...own, ...askingFlags, ...tellingFlags]
}
