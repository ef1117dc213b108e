import { type EngineKind, engines } from './index.ts'

/** The names of the engines. Computed by the build, so that the help does not load the list of them. */
export const engineKinds = Object.keys(engines) as EngineKind[]
