import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { reply } from '../../scripted-ollama/scripted-ollama.ts'
import { temporaryFolder } from '../../workspace-fixture.ts'
import { localBrain } from './local-brain.ts'
import { serve } from '../../scripted-ollama/serve.ts'

test('what lies in the folder neither runs before the program nor sets its environment', async () => {
  const marker = join(temporaryFolder().root, 'ran')
  const { root } = temporaryFolder({
    '.env': 'LOCAL_BRAIN_MODEL=from-dot-env\n',
    'bunfig.toml': 'preload = ["./preload.js"]\n',
    'preload.js': `require('node:fs').writeFileSync(${JSON.stringify(marker)}, '')\n`,
    'package.json': '{"name": "here"}\n',
  })
  const run = await localBrain(['--dry-run', '--format', 'json', 'who are you?'], { cwd: root })
  expect(JSON.parse(run.stdout)).toMatchObject({ schema: 'local-brain.plan/1', model: null })
  expect(existsSync(marker)).toBe(false)
})

test('the grammars are with the program, wherever it lies', async () => {
  const { root } = temporaryFolder({ 'shop.py': 'class Cart:\n    def total(self):\n        return 1\n' })
  const script = [reply.calls({ name: 'list_definitions', arguments: { path: 'shop.py' } }), reply.text('Cart.')]
  const server = await serve({ script })
  await localBrain(['what is in shop.py?'], { cwd: root, host: server.url })
  expect(server.requests[1]?.messages.at(-1)?.content).toContain('1-3 class Cart')
})
