import { expect, test } from 'vitest'
import { specOf } from '../../src/core/model.ts'
import { selectTools, tools } from '../../src/tools/index.ts'
import { knownTools } from '../../src/tools/specs.built.ts'

test('these tools exist', () => {
  expect(tools.map((tool) => tool.name).sort()).toEqual([
    'delete_file',
    'edit_file',
    'file_info',
    'git_changed_files',
    'git_diff',
    'git_log',
    'git_show',
    'git_status',
    'list_definitions',
    'list_directory',
    'move_file',
    'read_file',
    'replace_definition',
    'run_checks',
    'run_command',
    'run_python',
    'search_code',
    'write_file',
  ])
})

test('their names are known without loading them', () => {
  expect(knownTools).toEqual(tools.map(({ name, access }) => ({ name, access })))
})

test('tools come in the order they were asked for, once', () => {
  expect(selectTools(['git_log', 'read_file', 'git_log']).map((tool) => tool.name)).toEqual(['git_log', 'read_file'])
})

test('a name that is none leads to the nearest', () => {
  expect(() => selectTools(['read_file', 'git_dif'])).toThrow(
    expect.objectContaining({
      code: 'invalid-skill',
      message: 'There is no tool "git_dif"',
      hint: 'did you mean git_diff?',
    }),
  )
})

test.each(tools.map((tool) => [tool.name, tool] as const))('%s is told to a model in few words', (_name, tool) => {
  const spec = specOf(tool)
  const properties = Object.values(spec.parameters.properties as Record<string, { description?: string }>)
  expect(spec.description).toMatch(/^[A-Z].{10,110}\.$/)
  for (const property of properties) expect(property.description?.length ?? 0).toBeGreaterThan(5)
  expect(JSON.stringify(spec).length).toBeLessThan(800)
})

test('no description names a file, since a small model takes an example for the answer', () => {
  const told = JSON.stringify(tools.map((tool) => specOf(tool)))
  expect(told.match(/\b[\w-]+\/[\w/-]+\.\w+/g) ?? []).toEqual([])
})
