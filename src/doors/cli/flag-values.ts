import { InvalidArgumentError } from 'commander'
import type { RunRequest } from '../../app/request.ts'
import { parseKeepAlive } from './keep-alive.ts'

export function pair(value: string, before: Record<string, string> = {}): Record<string, string> {
  const at = value.indexOf('=')
  if (at < 1) throw new InvalidArgumentError('It has to be name=value.')
  return { ...before, [value.slice(0, at)]: value.slice(at + 1) }
}

export function keepAlive(value: string): string | number {
  const read = parseKeepAlive(value)
  if (read === undefined) throw new InvalidArgumentError('It has to be a duration such as 10m, 0 or -1.')
  return read
}

export type Levels = Pick<RunRequest, 'allow' | 'network'>

export const levelNames = ['read', 'write', 'run', 'net'] as const

/** `run` includes `write`; `net` is for commands. */
export function levels(value: string, before: Levels = {}): Levels {
  const words = value.split(',').map((word) => word.trim())
  const stranger = words.find((word) => !levelNames.some((name) => name === word))
  if (stranger !== undefined) throw new InvalidArgumentError(`"${stranger}" is not one of read, write, run and net.`)
  const allow =
    words.includes('run') || before.allow === 'run' ? 'run' : words.includes('write') ? 'write' : before.allow
  return { allow, network: words.includes('net') || before.network }
}

/** `temperature=0.2` is a number, `stop=END` a string. */
export function modelOptions(options: Record<string, string>): Record<string, number | string | boolean> {
  return Object.fromEntries(
    Object.entries(options).map(([name, value]) => {
      if (value === 'true' || value === 'false') return [name, value === 'true']
      return [name, value.trim() !== '' && Number.isFinite(Number(value)) ? Number(value) : value]
    }),
  )
}

export function readPositive(value: string): number {
  const number = Number(value)
  if (!Number.isInteger(number) || number < 1) throw new InvalidArgumentError('It has to be a positive whole number.')
  return number
}
