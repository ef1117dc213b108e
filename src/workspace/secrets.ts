// Names of files and folders that hold keys, passwords or tokens by convention. Matched against one folded part of a
// path, at any depth.
const secretPart = new RegExp(
  `^(?:${[
    '\\.git',
    '\\.env(?!\\.(?:example|sample|template)$)(?:\\..*)?',
    '.*\\.(?:pem|key|p12|pfx|jks|kdbx|keystore|ppk)',
    'id_(?:rsa|dsa|ecdsa|ed25519)(?!.*\\.pub$).*',
    '\\.(?:netrc|npmrc|pypirc|git-credentials|htpasswd|pgpass|my\\.cnf|yarnrc\\.yml|dockercfg)',
    '_netrc',
    '\\.(?:ssh|aws|gnupg|kube|azure|terraform\\.d|password-store)',
    '.*\\.tfstate(?:\\..*)?',
    'credentials?[^/]*\\.json',
    'gha-creds-.*\\.json',
    'service-?_?account.*\\.json',
    'client_secret.*\\.json',
    '\\.(?:bash|zsh|sh|psql|mysql|node_repl|python|irb)_?history',
  ].join('|')})$`,
)

const secretTail = /(?:^|\/)(?:\.docker\/config\.json|\.config\/gcloud(?:\/.*)?|\.config\/gh\/hosts\.yml)$/

/** Whether a `/`-separated path lies in `.git`, or is named like something that nobody means to show a model. */
export function isSecret(path: string): boolean {
  const folded = path.normalize('NFC').toLowerCase()
  return secretTail.test(folded) || folded.split('/').some((part) => secretPart.test(part))
}
