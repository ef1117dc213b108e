/** As the configuration gives them: other names by name. */
type Aliases = { aliases?: Readonly<Record<string, string>> | undefined }

/** The model that a person means by a name: an alias of the configuration means another name. */
export function modelNamed(name: string, config: Aliases): string
export function modelNamed(name: string | undefined, config: Aliases): string | undefined
export function modelNamed(name: string | undefined, { aliases = {} }: Aliases): string | undefined {
  return name !== undefined && Object.hasOwn(aliases, name) ? aliases[name] : name
}
