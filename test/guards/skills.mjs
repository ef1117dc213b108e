import { gone, row } from './row.mjs'

const skillsTest = 'hostile/skills.test.ts'
const yaml = (find, replace) => gone('skills/yaml.ts', find, replace)
const refused = (what) => [skillsTest, `a skill file with ${what} is refused`]

/** Cases 21 to 28: what a repository says about skills, and what a skill file says. */
export const skills = [
  row(
    21,
    [skillsTest, 'is listed by name and never opened until it is trusted'],
    gone('skills/find.ts', 'if (grant === undefined) {', 'if (grant === null) {'),
  ),
  row(
    21,
    [skillsTest, 'is listed by name and never opened until it is trusted'],
    gone('skills/repository-skill.ts', 'for (const name of [asked, real]) {', 'for (const name of [asked]) {'),
  ),
  row(
    22,
    [skillsTest, 'is untrusted again when a byte of it changes'],
    gone('skills/load.ts', 'if (source.granted !== undefined && source.granted !== hash) throw changed(source.file)'),
  ),
  row(
    22,
    [skillsTest, 'is untrusted again when a byte of it changes'],
    gone('skills/trust.ts', '`${root}\\0${path}`', '`${path}`'),
  ),
  row(
    23,
    [skillsTest, 'has no more tools and time than is usual'],
    gone('app/prepare.ts', "return origin === 'repository' ? Math.min(wanted, usual) : wanted", 'return wanted'),
  ),
  row(
    23,
    [skillsTest, 'has no more tools and time than is usual'],
    gone('skills/load.ts', '    ...crossProblems(file, source.tools),\n'),
  ),
  row(
    23,
    [skillsTest, 'no file of a repository says where to connect with a relative HOME'],
    gone('doors/cli/settings.ts', 'home !== undefined && isAbsolute(home)', 'home !== undefined'),
  ),
  row(
    23,
    [skillsTest, 'no file of a repository says where to connect with a relative XDG_CONFIG_HOME'],
    gone('store/paths.ts', "value?.startsWith('/') ?", 'value ?'),
  ),
  row(
    24,
    [skillsTest, 'never stands in for one that the person has'],
    gone(
      'app/prepare.ts',
      'return await findSkill(name, skillPlaces(request.paths, undefined))',
      'return await findSkill(name, skillPlaces(request.paths, (await opening).root))',
    ),
    gone(
      'skills/find.ts',
      "return [...own, ...(await listFolder(repository, 'repository'))]",
      "return [...(await listFolder(repository, 'repository')), ...own]",
    ),
  ),
  row(
    25,
    [skillsTest, 'a template runs no code'],
    gone('skills/check-template.ts', 'return [...inspect(engine.parser.parse(source), scope)]', 'return []'),
  ),
  row(
    26,
    [skillsTest, 'what it makes is bounded: loops'],
    gone('skills/check-template.ts', 'if (inside.loops > maxLoops) yield', 'if (inside.loops > 1000) yield'),
    gone('skills/template.ts', 'if (iterations > maxIterations) throw', 'if (iterations < 0) throw'),
  ),
  row(
    27,
    [skillsTest, 'what stands in a file reaches the model as it is written'],
    gone('skills/prompt.ts', 'if (!text.includes(hash)) return `=====${hash}=====`', "return '=====0123456789ab====='"),
  ),
  row(
    27,
    [skillsTest, 'what stands in a file reaches the model as it is written'],
    gone(
      'skills/prompt.ts',
      '{ source: skill.prompt, code: skill.compiled?.prompt }',
      "{ source: skill.prompt.replaceAll('{{ content }}', String(filled.content)) }",
    ),
  ),
  row(
    28,
    refused('an alias bomb'),
    yaml("if (token.type === 'alias') return", "if (token.type === 'never') return"),
    yaml('maxAliasCount: 0', 'maxAliasCount: -1'),
  ),
  row(28, refused('30 brackets'), yaml('if (depth > maxDepth) return', 'if (depth < 0) return')),
  row(28, refused('documents of nested brackets'), yaml('if (++words > maxWords) throw', 'if (++words < 0) throw')),
  row(28, refused('thousands of keys'), yaml('if (++words > maxWords) throw', 'if (++words < 0) throw')),
  row(
    28,
    refused('too much of everything'),
    gone('skills/load.ts', 'if (bytesRead > maxBytes) throw', 'if (bytesRead < 0) throw'),
  ),
  row(
    28,
    refused('a tag that names a function'),
    yaml('document.errors[0] ?? document.warnings[0]', 'document.errors[0]'),
  ),
  row(
    28,
    refused('a directive'),
    yaml('if (directive) return', 'if (!token) return'.replace('!token', 'tokens.length === 0')),
  ),
  row(
    28,
    refused('a hidden character'),
    yaml('if (unseen) throw', 'if (unseen && text === "") throw'),
    yaml('if (hasHidden(value)) throw', 'if (text === "") throw'),
  ),

  row(
    23,
    ['hostile/server.test.ts', 'nothing is sent to another machine'],
    gone('engines/locality.ts', 'if (host.isThisMachine || allowRemote) return', 'if (host.url !== "") return'),
  ),
  row(
    25,
    ['hostile/fuzz.test.ts', 'a template that is accepted reaches no function'],
    gone('skills/check-template.ts', 'return [...inspect(engine.parser.parse(source), scope)]', 'return []'),
    gone(
      'skills/template.ts',
      'const value = isPlain(target) && Object.hasOwn(target, key) ? target[key] : undefined',
      'return (target as Record<string, unknown>)[key]\n      const value: unknown = undefined',
    ),
  ),
  row(
    27,
    ['hostile/fuzz.test.ts', 'no text holds the marker'],
    gone('skills/prompt.ts', 'if (!text.includes(hash)) return `=====${hash}=====`', "return '=====0123456789ab====='"),
  ),
  row(
    27,
    ['hostile/fuzz.test.ts', 'a text that was made to hold its own marker'],
    gone('skills/prompt.ts', 'if (!text.includes(hash)) return', 'return'),
  ),
]
