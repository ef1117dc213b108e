import { sha256 } from '../../text/hash.ts'
import type { ModelInfo } from '../engine.ts'
import { isCloudName } from '../locality.ts'
import type { OpenAiServer } from './server.ts'
import type { ListedModel, StudioModel } from './wire-schema.ts'

/** What a server says about itself and its models. Nothing of the input is sent for this. */
export type Looked = { version: string; models: ModelInfo[] }

/** Asks for the models, and where the list has no window also where only one kind of server says it. */
export async function look(server: OpenAiServer, url: string, signal: AbortSignal): Promise<Looked> {
  const listed = await server.models(signal)
  const isTold = listed.length > 0 && listed.every((model) => windowOf(model) !== undefined)
  const [props, studio] = isTold ? [] : await Promise.all([server.props(signal), server.studioModels(signal)])
  // llama.cpp says it of the one model that it has.
  const window = listed.length === 1 ? props?.window : undefined
  return {
    version: versionOf(listed, props, studio),
    models: listed.map((model) => {
      const row = studio?.find(({ id }) => id === model.id)
      return infoOf(model, { url, window: windowOf(model) ?? row?.loaded_context_length ?? window, row })
    }),
  }
}

function windowOf({ max_model_len: length, context_length: context }: ListedModel): number | undefined {
  return length ?? context
}

function versionOf(
  [model]: readonly ListedModel[],
  props: { build?: string } | undefined,
  studio: readonly StudioModel[] | undefined,
): string {
  if (props !== undefined) return `llama.cpp ${props.build ?? ''}`.trim()
  if (studio !== undefined) return 'LM Studio'
  return model?.owned_by ?? 'unknown'
}

type Found = { url: string; window?: number; row?: StudioModel }

function infoOf(model: ListedModel, { url, window, row }: Found): ModelInfo {
  const { id, owned_by: owner = '', root = '', meta, status } = model
  const isLoaded = (row?.state ?? 'loaded') === 'loaded' && (status?.value ?? 'loaded') === 'loaded'
  const isElsewhere = isCloudName(id) || cloudOwners.has(owner.toLowerCase())
  return {
    name: id,
    // No server gives a digest: the same name at the same address, with as many parameters, counts as the same weights.
    id: sha256(JSON.stringify([url, id, root, meta?.n_params, meta?.size])),
    bytes: meta?.size ?? 0,
    parameterSize: meta?.n_params === undefined ? undefined : inBillions(meta.n_params),
    capabilities: row && capabilitiesOf(row),
    trainedWindow: meta?.n_ctx_train ?? row?.max_context_length,
    // guard: cloud-owner
    isLocal: !isElsewhere,
    remoteHost: isElsewhere ? owner || undefined : undefined,
    loaded: isLoaded ? { window: window ?? 0, spilled: false } : undefined,
  }
}

/** Who a gateway on this machine names as the owner of models that it only passes prompts on to. */
const cloudOwners = new Set(
  `openai openai-internal system anthropic azure azure_ai bedrock vertex_ai google gemini openrouter xai`.split(' '),
)

function capabilitiesOf({ type = '', capabilities = [] }: StudioModel): string[] {
  if (/embed/i.test(type)) return ['embedding']
  return ['completion', ...(capabilities.includes('tool_use') ? ['tools'] : [])]
}

function inBillions(parameters: number): string {
  return parameters < 1e9 ? `${Math.round(parameters / 1e6)}M` : `${(parameters / 1e9).toFixed(1)}B`
}
