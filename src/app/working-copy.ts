import { join, relative } from 'node:path'
import type { Emit } from '../core/events.ts'
import { type LocalBrainError, isError } from '../errors.ts'
import type { RunChanges } from '../report/changes.ts'
import type { StorePaths } from '../store/paths.ts'
import { escapeLine } from '../text/escape.ts'
import { applyProposal, recoverChanges } from '../workspace/changes/apply.ts'
import { auditWritten } from '../workspace/changes/audit.ts'
import { type NewBranch, checkBranch, commitToBranch } from '../workspace/changes/branch.ts'
import { inWords } from '../workspace/changes/failure.ts'
import { type Proposal, patchFile } from '../workspace/changes/proposal.ts'
import { type NotTaken, differenceOf, propose } from '../workspace/changes/propose.ts'
import { restoreTree } from '../workspace/changes/restore.ts'
import { type Scratch, openScratch } from '../workspace/changes/scratch.ts'
import { type ChangeStore, openChangeStore } from '../workspace/changes/store.ts'
import type { Change } from '../workspace/edit-policy.ts'
import type { GitEnvironment } from '../workspace/git/environment.ts'
import { gitInCopy } from '../workspace/git/open.ts'
import { parseGlob } from '../workspace/glob.ts'
import { openWorkspace } from '../workspace/open.ts'
import type { Workspace } from '../workspace/workspace.ts'

/** What becomes of the changes besides a proposal. */
export type TakeOver = { apply?: boolean; branch?: string }

/** A copy of the workspace, for a run that may change it. The workspace itself stays as it is. */
export type WorkingCopy = {
  /** For tools: its paths are those of the workspace. */
  readonly workspace: Workspace
  /** What was changed so far. */
  look(): Promise<Look>
  /** What it held when it was made. */
  readonly start: string
  /** Gives the files the content that they had at a look or at the start: all of them, or these. */
  restore(tree: string, paths?: readonly string[]): Promise<void>
  /** @internal */
  readonly store: ChangeStore
  /** The folder of the copy that corresponds to the top of the project. */
  readonly top: string
  /** The copy as it is now. */
  snapshot(): Promise<{ tree: string }>
  /** One of our own folders, removed with the copy. */
  readonly beside: string
  /**
   * Takes back what commands did that is never proposed: changes outside of the scope, links and the like. What is checked
   * then is what is proposed. `finish` names the rest.
   */
  keepToProposal(): Promise<void>
  /**
   * Keeps what was changed as a proposal. `title`: what the run was asked for, in one line. `objection` says why it is
   * not put where it was asked for; the proposal is kept by then.
   */
  finish(title: string, objection?: Objection): Promise<RunChanges>
  /** Takes the copy away. */
  remove(): Promise<void>
}

/** What a copy holds at a moment. */
export type Look = {
  /** As git names it. */
  tree: string
  /** As a proposal would have them; paths relative to the workspace. */
  changes: (Change & { sensitive: boolean })[]
  patch: string
}

/** `changes`: what is proposed. Undefined: it may be put where it was asked for. */
export type Objection = (changes: readonly Change[]) => Promise<string | undefined>

type CopyOptions = {
  paths: StorePaths
  environment: GitEnvironment
  takeOver?: TakeOver
  /** Globs of what may be changed, relative to the workspace. Default: all of it. */
  scope?: readonly string[] | undefined
  emit: Emit
  /** Ends the making of the copy, and git in it. What was changed by then can still be proposed. */
  signal: AbortSignal
}

/**
 * Makes the copy. Rejects with LocalBrainError('overflow') when the folder is too large for one, and with 'usage' when the
 * branch that is asked for can't be made.
 */
export async function openWorkingCopy(workspace: Workspace, options: CopyOptions): Promise<WorkingCopy> {
  const { paths, environment, takeOver = {}, emit, signal } = options
  const top = workspace.git?.top ?? workspace.root
  const store = await openChangeStore({ top, paths, environment })
  const recovered = await recoverChanges(store)
  if (recovered !== undefined) emit({ type: 'warning', message: recovered })
  const branch = takeOver.branch === undefined ? undefined : await checkBranch(store, takeOver.branch)
  signal.throwIfAborted()
  const scratch = await openScratch(store)
  emit({ type: 'snapshot', tree: scratch.start.tree })
  const prefix = relative(top, workspace.root)
  const copy = await openWorkspace({
    root: prefix === '' ? scratch.top : `${scratch.top}/${prefix}`,
    environment,
    signal,
    copy: { git: workspace.git && gitInCopy(top, scratch.top, { environment, signal }), of: workspace },
  })
  /** Differences from this tree have not been taken over yet. */
  let base = scratch.start.tree
  const restore = restoring({ scratch, store, prefix, copy })
  const look = async () => lookAt(scratch, store, prefix)
  const rest = restOf(options.scope, { look, restore: async (names) => restore(scratch.start.tree, names) })
  return {
    workspace: copy,
    store,
    top: scratch.top,
    snapshot: async () => scratch.snapshot(),
    beside: scratch.beside,
    remove: async () => scratch.remove(),
    look,
    start: scratch.start.tree,
    restore,
    keepToProposal: rest.takeBack,
    async finish(title, objection = async () => undefined) {
      const end = await scratch.snapshot()
      emit({ type: 'snapshot', tree: end.tree })
      const line = escapeLine(title).slice(0, 200)
      const { proposed, notTaken } = await propose(store, { start: base, end: end.tree, title: line })
      const warnings = [...notTaken, ...end.left, ...rest.notTaken].map(notTakenLine)
      const objected = await objection(proposed?.proposal.changes ?? [])
      if (proposed === undefined) return { changes: [], patch: '', patchFile: null, proposal: null, warnings }
      const wanted = { apply: takeOver.apply, branch }
      // guard: held-back
      const taken = await takeOverChanges(store, proposed.proposal, objected === undefined ? wanted : {})
      if (objected !== undefined && (wanted.apply || branch)) warnings.push(objected)
      if (taken.proposal.applied !== null) base = end.tree
      return { ...describe(store, proposed.patch, { proposal: taken.proposal, prefix }), warnings, error: taken.error }
    },
  }
}

type Place = { scratch: Scratch; store: ChangeStore; prefix: string; copy: Workspace }

function restoring({ scratch, store, prefix, copy }: Place): WorkingCopy['restore'] {
  return async (to, paths) => {
    const { tree: from } = await scratch.snapshot()
    await restoreTree(store, { top: scratch.top, from, to, paths: paths?.map((path) => join(prefix, path)) })
    copy.refresh()
  }
}

type Copied = { look: () => Promise<Look & { notTaken: NotTaken[] }>; restore: (paths: string[]) => Promise<void> }

/** What commands did in a copy that is never proposed. `notTaken`: what was taken back so far. */
function restOf(scope: readonly string[] | undefined, { look, restore }: Copied) {
  const inScope = scope?.map((glob) => parseGlob(glob, true))
  const notTaken: NotTaken[] = []
  const takeBack = async () => {
    const { changes, notTaken: refused } = await look()
    const paths = changes.flatMap(({ path, from }) => (from === undefined ? [path] : [path, from]))
    // guard: scope-of-commands
    const outside = paths.filter((path) => inScope?.some((matches) => matches(path)) === false)
    const reason = 'it is outside of the scope'
    // guard: proposed-is-checked
    const left = [...refused, ...outside.map((path) => ({ path, reason }))]
    if (left.length > 0) await restore(left.map(({ path }) => path))
    const named = new Set(notTaken.map(({ path }) => path))
    notTaken.push(...left.filter(({ path }) => !named.has(path)))
  }
  return { takeBack, notTaken }
}

async function lookAt(scratch: Scratch, store: ChangeStore, prefix: string): Promise<Look & { notTaken: NotTaken[] }> {
  const { tree } = await scratch.snapshot()
  const { changes, patch, notTaken } = await differenceOf(store, scratch.start.tree, tree)
  const shown = (path: string) => relative(prefix, path)
  const seen = changes.map(({ path, from, kind, added, removed, sensitive }) => {
    return { path: shown(path), from: from === undefined ? undefined : shown(from), kind, added, removed, sensitive }
  })
  const left = notTaken.map(({ path, reason }) => ({ path: shown(path), reason }))
  return { tree, changes: seen, patch: patch.toString('utf8'), notTaken: left }
}

function notTakenLine({ path, reason }: NotTaken): string {
  return `${escapeLine(path)} was not taken over: ${reason}`
}

/** What a person asked for in the same breath. If it can't be done, the proposal stays, and is reported with the error. */
async function takeOverChanges(
  store: ChangeStore,
  proposal: Proposal,
  { apply, branch }: { apply?: boolean | undefined; branch?: NewBranch | undefined },
): Promise<{ proposal: Proposal; error?: LocalBrainError }> {
  try {
    if (branch !== undefined) return { proposal: await commitToBranch(store, proposal, branch) }
    if (apply !== true) return { proposal }
    const applied = await applyProposal(store, proposal)
    await auditWritten(store, applied.proposal, 'run')
    return { proposal: applied.proposal }
  } catch (thrown) {
    const error = inWords(thrown)
    if (isError(error)) return { proposal, error }
    throw error
  }
}

/** Longer patches are only named by their file. */
const maxPatch = 1024 * 1024

/** Paths are relative to the workspace; in the patch they are relative to the top of the repository. */
function describe(
  store: ChangeStore,
  patch: Buffer,
  { proposal, prefix }: { proposal: Proposal; prefix: string },
): Omit<RunChanges, 'warnings'> {
  const shown = (path: string) => relative(prefix, path)
  return {
    changes: proposal.changes.map(({ before, after, ...change }) => ({
      ...change,
      path: shown(change.path),
      from: change.from === undefined ? undefined : shown(change.from),
      outsideTargets: false,
      by: 'tool' as const,
      sha256Before: before?.sha256 ?? null,
      sha256After: after?.sha256 ?? null,
    })),
    patch: patch.length > maxPatch ? null : patch.toString('utf8'),
    patchFile: patchFile(store.folder, proposal),
    proposal: { id: proposal.id, applied: proposal.applied !== null, branch: proposal.branch },
  }
}
