/** A chat request as it came over the wire. Fields the server does not know are there too. */
export type ChatBody = {
  model: string
  messages: WireMessage[]
  stream?: boolean
  tools?: WireTool[]
  format?: unknown
  think?: boolean | string
  keep_alive?: number | string
  truncate?: boolean
  shift?: boolean
  options?: Record<string, unknown>
}

export type WireMessage = {
  role: string
  content: string
  thinking?: string
  tool_calls?: WireCall[]
  tool_name?: string
  tool_call_id?: string
}

export type WireCall = { id?: string; function: { index?: number; name: string; arguments: Record<string, unknown> } }

type WireTool = { type: string; function: { name: string; description?: string; parameters?: unknown } }
