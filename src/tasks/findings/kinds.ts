import { foldName } from '../../core/coerce.ts'
import type { Skill } from '../../skills/skill.ts'
import { nearest } from '../../text/nearest.ts'
import { type Defect, defectNames, defects } from './defects.ts'
import type { Finding } from './finding.ts'
import type { Severity } from '../../skills/severity.ts'

/** The kinds of defect that a review asks about: the built-in ones, or those of a skill. */
export type Kinds = {
  /** As the model is to write them. */
  names: readonly string[]
  /** What a model called a kind → one of the names: what is unknown becomes the one that says the least. */
  read(text: string): string
  ruleOf(name: string): string
  categoryOf(name: string): Finding['category']
  /** Of a finding whose severity can't be read. */
  severityOf(name: string): Severity
}

export function kindsOf({ name, defects: own }: Pick<Skill, 'name' | 'defects'>): Kinds {
  return own === undefined || own.length === 0 ? builtInKinds : ownKinds(name, own)
}

export const builtInKinds: Kinds = {
  names: defectNames,
  read: readBuiltIn,
  ruleOf: (name) => `${categoryOf(name)}/${name}`,
  categoryOf,
  severityOf: () => 'medium',
}

function categoryOf(name: string): Finding['category'] {
  return Object.hasOwn(defects, name) ? defects[name as Defect] : 'bug'
}

/** What a skill looks for is its own business: its kinds have its name as the first half of their rule. */
function ownKinds(skill: string, own: NonNullable<Skill['defects']>): Kinds {
  const names = own.map(({ name }) => name)
  const folded = new Map(names.map((name) => [foldName(name), name]))
  return {
    names,
    read: (text) => known(text, folded) ?? nearest(text, names) ?? names[0] ?? text,
    ruleOf: (name) => ruleOfSkill(skill, name),
    categoryOf: () => 'maintainability',
    severityOf: (name) => own.find((one) => one.name === name)?.severity ?? 'medium',
  }
}

/** Whether a rule is one that only the program itself finds something by. */
export function isCheckRule(rule: string): boolean {
  const [category = '', name = ''] = rule.split('/')
  return Object.values<string>(defects).includes(category) && !Object.hasOwn(defects, name)
}

export function ruleOfSkill(skill: string, name: string): string {
  return `${skill}/${name}`
}

/** A name in another form, alone or as a part of `bug/off-by-one`. */
function known<T extends string>(text: string, folded: ReadonlyMap<string, T>): T | undefined {
  return [text, ...text.split(/[/:|,]/)].map((part) => folded.get(foldName(part))).find((one) => one !== undefined)
}

const foldedBuiltIn = new Map(defectNames.map((name) => [foldName(name), name]))

/** For kinds that are not on the list: the defect that says the least of those of a category. */
const ofCategory: Readonly<Partial<Record<Finding['category'], Defect>>> = {
  security: 'unsafe-input',
  performance: 'slow-path',
  'api-break': 'broken-caller',
  maintainability: 'needless-code',
}

function readBuiltIn(text: string): Defect {
  const exact = known(text, foldedBuiltIn)
  if (exact !== undefined) return exact
  const word = foldName(text)
  const category = Object.values(defects).find((one) => foldName(one) === word)
  if (category === undefined) return 'wrong-result'
  return ofCategory[category] ?? defectNames.find((name) => defects[name] === category) ?? 'wrong-result'
}
