import { instead, row, weaken } from './row.mjs'

const skillsTest = 'hostile/skills.test.ts'
const refused = (what) => [skillsTest, `a skill file with ${what} is refused`]
const oneFence = instead('fence-hash', "return '=====0123456789ab====='")

/** Cases 21 to 28: what a repository says about skills, and what a skill file says. */
export const skills = [
  row('inputs', ['skills/prompt.test.ts', 'a value that is no number is refused'], 'input-checked'),
  row(21, [skillsTest, 'is listed by name and never opened until it is trusted'], 'skill-grant'),
  row(
    21,
    [skillsTest, 'is listed by name and never opened until it is trusted'],
    weaken('skill-link', '[asked, real]', '[asked]'),
  ),
  row(22, [skillsTest, 'is untrusted again when a byte of it changes'], 'skill-unchanged'),
  row(
    'P5',
    ['skills/kept.test.ts', 'what somebody else put into the cache is not run'],
    weaken('sealed', ' || sealed.seal !== sealOf(secret, name, sealed.text)', ''),
  ),
  row('P5', ['skills/kept.test.ts', 'a seal whose secret was checked out with the mode'], 'private-file'),
  row('P5', [skillsTest, 'brings no trust of its own in a folder of state'], 'private-file'),
  row('P5', [skillsTest, 'brings no trust by a link'], weaken('private-link', ' | constants.O_NOFOLLOW', '')),
  row(
    'P5',
    ['skills/kept.test.ts', 'is gone with the first byte that changes'],
    instead('kept-skill', 'return { success: true, data: kept }'),
  ),
  row(22, [skillsTest, 'is untrusted again when a byte of it changes'], weaken('grant-place', '${root}\\0')),
  row(23, [skillsTest, 'has no more tools and time than is usual'], instead('skill-limits', 'return wanted')),
  row(23, [skillsTest, 'has no more tools and time than is usual'], 'skill-tools'),
  row(
    23,
    [skillsTest, 'no file of a repository says where to connect with a relative HOME'],
    weaken('absolute-home', ' && isAbsolute(home)'),
  ),
  row(
    23,
    [skillsTest, 'no file of a repository says where to connect with a relative XDG_CONFIG_HOME'],
    weaken('absolute-xdg', "?.startsWith('/')"),
  ),
  row(
    24,
    [skillsTest, 'never stands in for one that the person has'],
    weaken('skill-places', 'undefined', '(await opening).root'),
    instead('skill-order', "return [...listFolder(repository, 'repository', only), ...own]"),
  ),
  row(25, [skillsTest, 'a template runs no code'], instead('template-check', 'return []')),
  row(26, [skillsTest, 'what it makes is bounded: loops'], 'template-loops', 'template-iterations'),
  row(27, [skillsTest, 'what stands in a file reaches the model as it is written'], oneFence),
  row(
    27,
    [skillsTest, 'what stands in a file reaches the model as it is written'],
    instead('template-once', "{ source: skill.prompt.replaceAll('{{ content }}', String(filled.content)) }"),
  ),
  row(28, refused('an alias bomb'), 'yaml-alias', weaken('yaml-alias-count', 'maxAliasCount: 0', 'maxAliasCount: -1')),
  row(28, refused('30 brackets'), 'yaml-depth'),
  row(28, refused('documents of nested brackets'), 'yaml-words'),
  row(28, refused('thousands of keys'), 'yaml-words'),
  row(28, refused('too much of everything'), 'skill-size'),
  row(28, refused('a tag that names a function'), weaken('yaml-tag', ' ?? document.warnings[0]')),
  row(28, refused('a directive'), 'yaml-directive'),
  row(
    'rules',
    ['input/review-rules.test.ts', 'a change cannot write the rules'],
    weaken('rules-before', 'at(tree)', "at('')"),
  ),
  row(
    'rules',
    ['input/review-rules.test.ts', 'are cut at a line end'],
    instead('rules-length', 'return { text, clipped: false }'),
  ),
  row('cases', ['skills/case.test.ts', 'a case may not write its file to'], 'case-path'),
  row(28, refused('a hidden character'), 'yaml-invisible', 'yaml-invisible-escape'),

  row(23, ['hostile/server.test.ts', 'nothing is sent to another machine'], instead('own-machine', 'return')),
  row(
    25,
    ['hostile/fuzz.test.ts', 'a template that is accepted reaches no function'],
    instead('template-check', 'return []'),
    instead('template-lookup', 'return target[key]'),
  ),
  row(27, ['hostile/fuzz.test.ts', 'no text holds the marker'], oneFence),
  row(
    27,
    ['hostile/fuzz.test.ts', 'a text that was made to hold its own marker'],
    weaken('fence-hash', 'if (!text.includes(hash)) '),
  ),
]
