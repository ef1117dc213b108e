import { sha256 } from '../../src/text/hash.ts'
import { shortName } from './model-name.ts'

/** A model of the scripted server. Only the name is needed. */
export type ScriptedModel = {
  name: string
  /** Default: completion and tools. */
  capabilities?: string[]
  /** Trained length, in tokens. */
  contextLength?: number
  /** `PARAMETER num_ctx` of its Modelfile. */
  numCtx?: number
  /** It is in memory from the start, with this `num_ctx`; that counts as no load. */
  loaded?: number
  /** How tool calls arrive: as they close (`builtin`), or in the final chunk. `harmony` makes one call per reply. */
  calls?: 'builtin' | 'native' | 'harmony'
  family?: string
  template?: string
  /** Names in the Modelfile text. */
  parser?: string
  system?: string
  size?: number
  /** Less than `size`: partly on the CPU. */
  sizeVram?: number
  parameterSize?: string
  digest?: string
  /** Models of the same weights share what is loaded, under the name that loaded it. Default: its own. */
  weights?: string
  /** A stub: every chat is passed on to another host. */
  remote?: { host: string; model: string }
}

type Optional = 'numCtx' | 'loaded' | 'remote'

/** A model with every default filled in. */
export type ModelSpec = Required<Omit<ScriptedModel, Optional>> & Pick<ScriptedModel, Optional>

export function resolveModel(model: ScriptedModel): ModelSpec {
  const size = model.size ?? 5_200_000_000
  const native = model.calls === 'native'
  return {
    ...model,
    name: shortName(model.name),
    capabilities: model.capabilities ?? ['completion', 'tools'],
    contextLength: model.contextLength ?? 32_768,
    calls: model.calls ?? 'builtin',
    family: model.family ?? (model.calls === 'harmony' ? 'gptoss' : 'qwen3'),
    template:
      model.template ?? (native ? '{% for message in messages %}{{ message.content }}{% endfor %}' : '{{ .Prompt }}'),
    parser: model.parser ?? (native ? '' : model.calls === 'harmony' ? 'harmony' : 'qwen3'),
    system: model.system ?? '',
    size,
    sizeVram: model.sizeVram ?? size,
    parameterSize: model.parameterSize ?? '8.2B',
    weights: model.weights ?? model.name,
    digest: model.digest ?? sha256(model.name),
  }
}
