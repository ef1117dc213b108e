/**
 * local-brain as a library: run a skill from a program of your own.
 *
 *   import { run } from 'local-brain'
 *   const report = await run({ skill: 'code-review', work: { files: ['src/a.ts'] }, cwd: process.cwd() })
 *
 * Nothing here reads the environment or writes to a stream.
 */
export { runAgent } from './agent/agent.ts'
export type { Answer } from './agent/answer.ts'
export type { AgentEvent, Emit } from './agent/events.ts'
export { type ErrorCode, LocalBrainError } from './errors.ts'
export type { Finding } from './findings/finding.ts'
export { type ConnectOptions, connect as createModel } from './models/connect.ts'
export type { ChatRequest, Message, Model, Reply, ToolCall } from './models/model.ts'
export type { Report } from './reporters/report.ts'
export { type Prepared, type RunContext, type RunRequest, prepare, run } from './run.ts'
export { loadSkill } from './skill/load.ts'
export type { Skill } from './skill/skill.ts'
export { toolNames } from './tools/names.ts'
export { type Tool, type ToolContext, defineTool } from './tools/tool.ts'
