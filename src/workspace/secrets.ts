// The one list of the names that keys, passwords and tokens have by convention. It decides for tools, files, diffs and
// hooks alike. Names are compared in small letters; in lists of names `*` is anything but `/`.

/** Folders, wherever they are, with everything in them. */
const folders = list(`
  .git .ssh .aws .azure .gnupg .gpg .kube .oci .aliyun .bluemix .terraform.d .password-store .secret .secrets .auth .vault
  .m2 .gem .snowsql .kaggle .databricks .electrum .bitcoin .1password *.opvault *.agilekeychain`)

/** Whole names of files. */
const names = list(`
  .env .envrc .env-* .env_* .dev.vars .netrc _netrc .authinfo .npmrc .yarnrc .yarnrc.yml .pypirc .git-credentials
  .gitcredentials .htpasswd htpasswd .htdigest .pgpass pgpass.conf .my.cnf .mylogin.cnf .dockercfg .dockerconfigjson
  .vault-token .vault_pass .vault-pass .vaultpass .vault-password .vault_password vault_pass vault-pass .boto .s3cfg
  .passwd-s3fs .passwd .password .passwords .credentials .creds .secret .secrets .token .tokens .apikey .api_key .api-key
  .smbcredentials .cifscredentials .msmtprc .esmtprc .fetchmailrc .mbsyncrc .offlineimaprc .muttrc .curlrc .wgetrc
  .ftpconfig .ftppass sftp-config.json .remote-sync.json .terraformrc terraform.rc .databrickscfg .snowflake
  .erlang.cookie .rhosts .ldaprc .rclone.conf rclone.conf .kubeconfig .cookies cookies.txt cookies.sqlite logins.json
  key3.db key4.db wallet.dat passwd shadow gshadow master.passwd secring.* filezilla.xml sitemanager.xml
  recentservers.xml key.properties signing.properties wp-config.php credential*.json gha-creds-*.json client_secret*.json
  service*account*.json *-adminsdk-*.json authkey_*.p8 id_rsa* id_dsa* id_ecdsa* id_ed25519* id_xmss*`)

/** The ends of names. */
const endings = list(`
  .pem .key .p8 .p12 .pfx .pkcs12 .pk8 .jks .jceks .bks .keystore .truststore .keytab .kdb .kdbx .psafe3 .ppk .agekey
  .keychain .keychain-db .1pux .gpg .pgp .ovpn .snk .kubeconfig .env .envrc .tfvars .tfstate .htpasswd
  .secret .secrets .netrc .vault-token _rsa _dsa _ecdsa _ed25519`)

/** What may be followed by a dot and anything else: `.env.local`, `terraform.tfstate.backup`. */
const stems = list(`
  .env .envrc *.env *.tfvars *.tfstate .npmrc .netrc .htpasswd .git-credentials .pgpass .credentials .vault-token`)

/** The last parts of a path together. */
const tails = list(`
  .docker/config.json .cargo/credentials .cargo/credentials.toml .bundle/config .gradle/gradle.properties etc/sudoers
  .subversion/auth/* .config/gcloud/* .config/gh/hosts.yml .config/glab-cli/config.yml .config/hub .config/op/*
  .config/doctl/config.yaml .config/rclone/* .config/sops/* .config/configstore/* .config/ngrok/ngrok.yml .netlify/config.json
  .fly/config.yml .cf/config.json .circleci/cli.yml huggingface/token .huggingface/token .vscode/sftp.json .ngrok2/ngrok.yml`)

/** Names that are too short to say it by an ending or a word. */
const bare = list(`
  auth.json key key.txt key.json keys keys.txt keys.json keyfile keyfile.json tokens tokens.txt`)

/** What a file of data holds whose name ends in one of these words: `db_password.txt`, `prod-secrets.yaml`. */
const words = `secrets?|credentials?|creds?|passwords?|passwds?|passphrases?|passcodes?|pwds?|apikeys?|accesskeys?|privatekeys?
  |rootkeys?|keystore|truststore|kubeconfig|adminsdk|token|(?:access|auth|api|refresh|bearer|bot|session|oauth|user|deploy|vault
  |github|gitlab|slack|npm)-tokens|(?:api|access|private|secret|signing|encryption|master|host|deploy|server|root|admin|rsa|dsa
  |ecdsa|ed25519|ssh|gpg|pgp|ssl|tls|gcp|gcloud|google|aws|azure|sa)-?keys?|vault-?pass|service-?accounts?|client-?secrets?|(?:recovery|backup
  |seed)-(?:codes?|phrase)`

/** Where such a file is used, or which one it is: it may follow the word. */
const qualifiers = `prod|production|dev|development|stage|staging|tests?|testing|qa|uat|local|live|ci|old|bak|backup|copy|new|plain
  |enc|encrypted|dec|decrypted|keys?|file|all|v?\\d+|[0-9a-f]{6,}`

/** Endings of files of data. What ends otherwise may be a program, and a program is looked at. */
const data = `json|jsonc|json5|yaml|yml|toml|ini|cfg|conf|config|cnf|properties|xml|plist|csv|tsv|txt|text|dat|db|sqlite|bak|old|orig
  |save|backup|enc|asc|b64|base64|lst|list|log|prod|production|dev|development|staging|test|local|pickle|pkl`

const isFolder = oneOf(folders)
const isName = oneOf([...names, ...stems.map((stem) => `${stem}.*`)])
const isBare = oneOf(bare)
const isTail = new RegExp(`(?:^|/)(?:${tails.map(pattern).join('|')})$`)
const isHistory = /^(?:\..*_?(?:history|histfile)|(?:bash|zsh|fish|psql|mysql|sqlite|redis|python|irb)_history)$/
const isAbout = new RegExp(`(?:^|-)(?:${compact(words)})(?:-(?:${compact(qualifiers)}))*$`)
const dataEnding = new RegExp(`(?:\\.(?:${compact(data)}))+$`)
/** The same names without a value in them, the public half of a key, and what tells people about such a file. */
const isExample =
  /(?:^|[-_.])(?:example|sample|template|tmpl|dist)(?:\.(?:json|ya?ml|toml|ini|txt|xml|cfg|conf|properties|csv|env|tfvars))?$|^(?:example|sample|template)[-_.]|\.(?:pub|md|rst|adoc)$/
/** An example of these is a key all the same. */
const keyEndings = endings.filter((ending) => !/env|tfvars|secret/.test(ending))
const isEnding = endsIn(endings)
const isKeyEnding = endsIn(keyEndings)
/** Steps of a pipeline and translations are about passwords, and hold none. */
const isAboutThem = /(?:^|\/)(?:\.github|\.gitlab|locales?|i18n|lang|translations?)\//
const isDesign = /(?:^|-)(?:design|colou?r|theme|style|css|spacing|typography|figma)-token$/
const isKept = /(?:^|\/)(?:secrets|private[-_]?keys?)\/[^/]+$/

/**
 * Whether a `/`-separated path is named like something that is not meant for a model, or lies in a folder of the
 * kind or in `.git`. `kind` is what the path itself is.
 */
export function isSecret(path: string, kind: 'file' | 'directory' = 'file'): boolean {
  const normal = path.normalize('NFC')
  const folded = normal.toLowerCase()
  const parts = folded.split('/')
  const name = kind === 'file' ? parts.pop() : undefined
  if (parts.some((part) => part.includes('.') && (isFolder(part) || isSecretName(part)))) return true
  if (isTail.test(folded)) return true
  if (name === undefined) return false
  if (isKeyEnding(name)) return true
  if (isExample.test(name)) return false
  return isFolder(name) || isSecretName(name) || isSecretData(normal.slice(-name.length), folded)
}

function isSecretName(name: string): boolean {
  // guard: secret-names
  return isName(name) || isEnding(name) || isHistory.test(name)
}

/** `clientSecrets.json` and `client_secrets` are read as `client-secrets`. */
function isSecretData(name: string, path: string): boolean {
  const ending = dataEnding.exec(name.toLowerCase())
  if (ending === null && name.includes('.', 1)) return false
  const words = name.slice(0, ending?.index).replace(/([a-z\d])([A-Z])/g, '$1-$2')
  const said = words
    .toLowerCase()
    .replace(/[^a-z\d]+/g, '-')
    .replace(/^-|-$/g, '')
  // guard: secret-words
  const isOne = isBare(name.toLowerCase()) || (isAbout.test(said) && !isDesign.test(said)) || isKept.test(path)
  return isOne && !isAboutThem.test(path)
}

function list(text: string): string[] {
  return text.trim().split(/\s+/)
}

function compact(text: string): string {
  return text.replace(/\s+/g, '')
}

/** Literal but for its stars. */
function pattern(name: string): string {
  return name.replace(/[.\\+?^${}()[\]|]/g, String.raw`\$&`).replaceAll('*', '[^/]*')
}

/** From its last dot or its last underline on. */
function endsIn(wanted: readonly string[]): (name: string) => boolean {
  const set = new Set(wanted)
  return (name) => set.has(name.slice(name.lastIndexOf('.'))) || set.has(name.slice(name.lastIndexOf('_')))
}

function oneOf(wanted: readonly string[]): (name: string) => boolean {
  const whole = new Set(wanted.filter((name) => !name.includes('*')))
  const starred = wanted.filter((name) => name.includes('*')).map(pattern)
  const isStarred = new RegExp(starred.length > 0 ? `^(?:${starred.join('|')})$` : '$^')
  return (name) => whole.has(name) || isStarred.test(name)
}
