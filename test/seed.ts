import fc from 'fast-check'

// The same inputs every time, so that a run says something about the change and not about luck. What another seed
// finds becomes a case of its own: LOCAL_BRAIN_SEED=$RANDOM npx vitest run
fc.configureGlobal({ seed: Number(process.env['LOCAL_BRAIN_SEED'] ?? 20_261_121) })
