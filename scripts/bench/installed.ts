import { homedir } from 'node:os'
import { canChat } from '../../src/engines/families.ts'
import { findEngine } from '../../src/engines/find.ts'
import { storePaths } from '../../src/store/paths.ts'

/** Names of everything here that can chat, in the order of the server. Rejects with LocalBrainError. */
export async function installed(host: string | undefined): Promise<string[]> {
  const engine = await findEngine({ host, paths: storePaths(process.env, homedir()) })
  try {
    const models = await engine.list(AbortSignal.timeout(30_000))
    return models.filter((model) => model.isLocal && canChat(model)).map(({ name }) => name)
  } finally {
    engine.close()
  }
}
