import { cpSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { bindingFile, installedFile } from '../../src/engines/embedded/installed.ts'
import { temporaryFolder } from '../workspace-fixture.ts'

/** `when`: for a question with this text. `deaf`: it does not notice that it is to stop. */
type Scripted = { when?: string; text?: string; json?: unknown; hangs?: boolean; deaf?: boolean; dies?: boolean }

/** Puts the scripted binding where `setup` would put the real one, and weights that are a script. */
export function setUp(replies: Scripted[], more: object = {}, folder = temporaryFolder().root): string {
  const binding = bindingFile(folder)
  mkdirSync(dirname(binding), { recursive: true })
  cpSync(join(import.meta.dirname, 'index.js'), binding)
  writeFileSync(join(dirname(binding), 'package.json'), '{ "type": "module" }')
  const file = join(folder, 'scripted.gguf')
  const script = { replies: replies.map((reply) => ({ when: '', ...reply })), ...more }
  writeFileSync(file, `GGUF${JSON.stringify(script)}`)
  writeFileSync(installedFile(folder), JSON.stringify({ models: [{ name: 'scripted', file }] }))
  return folder
}
