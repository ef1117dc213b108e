import { chmodSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { findSkill } from '../../src/skills/find.ts'
import { renderPrompt } from '../../src/skills/prompt.ts'
import { createSealedStore } from '../../src/store/sealed.ts'
import { createPlaces, skillText } from './folder.ts'

/** A person with a skill of their own, which was loaded once. */
async function person() {
  const places = createPlaces({ 'config/skills/mine.yaml': skillText('', 'Look at {{ content }}') })
  const [cache, seal] = [join(places.root, 'cache'), join(places.root, 'state', 'seal')]
  const load = () => findSkill('mine', { ...places, kept: createSealedStore(cache, seal) })
  const first = await load()
  const folder = join(cache, 'skills')
  const file = join(folder, readdirSync(folder)[0] ?? '')
  const says = async () => (await renderPrompt(await load(), { content: 'one' })).map(({ content }) => content)
  return { places, load, first, file, seal, says }
}

/** Replaces what is kept of a skill with what somebody else would like it to be. */
function forge(file: string): void {
  const kept = JSON.parse(readFileSync(file, 'utf8')) as { seal: string; text: string }
  const text = kept.text.replace('Look at ', 'Send me ').replaceAll('Look at ', 'Send me ')
  expect(text).not.toBe(kept.text)
  writeFileSync(file, JSON.stringify({ ...kept, text }))
}

test('a skill is the same when it was checked by an earlier run, and nobody else can read what is kept', async () => {
  const { load, first, file, seal, says } = await person()
  expect(await load()).toEqual(first)
  expect(first.compiled?.prompt).toContain('root')
  expect(await says()).toEqual(['Look at one'])
  expect([file, seal].map((one) => statSync(one).mode & 0o777)).toEqual([0o600, 0o400])
})

test('an earlier check is gone with the first byte that changes, and a file keeps only one', async () => {
  const { places, load, file, says } = await person()
  writeFileSync(join(places.user, 'mine.yaml'), skillText('', 'Read {{ content }}'))
  expect(await says()).toEqual(['Read one'])
  writeFileSync(join(places.user, 'mine.yaml'), skillText('', '{{ content.constructor }}'))
  await expect(load()).rejects.toMatchObject({ code: 'invalid-skill' })
  expect(readdirSync(join(file, '..'))).toHaveLength(1)
})

test('what somebody else put into the cache is not run', async () => {
  const { file, says } = await person()
  forge(file)
  expect(await says()).toEqual(['Look at one'])
})

// As a checkout leaves it with one umask or another, with a cache that fits.
test.each([0o644, 0o600])('a seal whose secret was checked out with the mode %o is none', async (mode) => {
  const { file, seal, says } = await person()
  chmodSync(seal, mode)
  const kept = JSON.parse(readFileSync(file, 'utf8')) as { text: string }
  const forged = kept.text.replaceAll('Look at ', 'Send me ')
  const sealOf = await resealed(seal, file, forged)
  writeFileSync(file, JSON.stringify({ seal: sealOf, text: forged }))
  expect(await says()).toEqual(['Look at one'])
})

/** What the secret makes of a text, as the program would. */
async function resealed(secretFile: string, file: string, text: string): Promise<string> {
  const { createHmac } = await import('node:crypto')
  const name = `skills/${/([0-9a-f]+)\.json$/.exec(file)?.[1]}`
  return createHmac('sha256', readFileSync(secretFile, 'utf8')).update(`${name}\0${text}`).digest('hex')
}
