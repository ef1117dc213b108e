/** Every report format; `findingsOnly`: it can hold nothing but findings. Apart from the reporters, which no start needs. */
export const formats = {
  markdown: { findingsOnly: false },
  compact: { findingsOnly: false },
  json: { findingsOnly: false },
  sarif: { findingsOnly: true },
  github: { findingsOnly: true },
  rdjson: { findingsOnly: true },
  html: { findingsOnly: false },
  patch: { findingsOnly: false },
}

export type Format = keyof typeof formats

export const formatNames = Object.keys(formats) as Format[]
