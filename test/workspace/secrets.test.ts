import { describe, expect, test } from 'vitest'
import { isSecret } from '../../src/workspace/secrets.ts'

const lines = (text: string) => text.trim().split(/\s*\n\s*/)

const secrets: Record<string, string[]> = {
  'settings with values': lines(`
    .env
    .env.local
    .env.production
    .env.example.local
    .env.test
    .env-prod
    .env_staging
    .ENV
    packages/api/.Env
    .envrc
    .envrc.local
    prod.env
    config/staging.env
    docker/db.env
    prod.env.bak
    .dev.vars
    terraform.tfvars
    prod.auto.tfvars
    prod.tfvars.json
    terraform.tfvars.bak
    terraform.tfstate
    terraform.tfstate.backup
    env.tfstate.1700000000.backup
    .terraformrc
    wp-config.php
    key.properties
    .streamlit/secrets.toml
    .github/prod.env
    locales/.env
    .gradle/gradle.properties
    .m2/settings.xml`),
  keys: lines(`
    server.pem
    tls/server.KEY
    store.p12
    store.pfx
    AuthKey_ABC123.p8
    release.jks
    release.keystore
    passwords.kdbx
    client.ovpn
    krb5.keytab
    backup.gpg
    example.pem
    test/fixtures/key.example.pem
    id_rsa
    keys/id_ed25519
    id_ed25519_sk
    id_ecdsa.bak
    deploy_rsa
    github_ed25519
    etc/ssh/ssh_host_rsa_key
    deploy_key
    deploy-key.txt
    privateKey.txt
    private_key
    api-key.txt
    apikey
    API_KEY.txt
    gcp-key.json
    key.json
    age/keys.txt
    rootkey.csv
    accessKeys.csv
    my-app_accessKeys.csv
    master.key
    secring.asc`),
  'passwords and tokens': lines(`
    .vault-token
    .vault_pass
    vault_pass.txt
    .netrc
    _netrc
    .authinfo
    .npmrc
    .yarnrc.yml
    .pypirc
    .git-credentials
    .htpasswd
    web.htpasswd
    .pgpass
    .my.cnf
    .boto
    .s3cfg
    .msmtprc
    .erlang.cookie
    cookies.txt
    password.txt
    passwords
    db_password.txt
    dbPassword.txt
    passwords-2026.csv
    token
    token.json
    .token
    github-token
    slack_token.txt
    api_tokens.json
    access-tokens.yaml
    .databrickscfg
    auth.json
    .rclone.conf
    recovery-codes.txt
    etc/shadow
    logins.json`),
  'credentials and secrets': lines(`
    credentials
    credentials.json
    credentials-prod.json
    credentials.json.bak
    credentials.yml.enc
    aws-credentials.csv
    gha-creds-1a2b.json
    service-account.json
    serviceAccountKey.json
    service_account_prod.yaml
    client_secret_123-abc.apps.googleusercontent.com.json
    clientSecrets.json
    shop-firebase-adminsdk-x1y2z-0a1b2c.json
    secret
    secret.yaml
    secrets.yml
    secrets.prod.json
    secrets-production.yaml
    prod-secrets.yaml
    app.secrets.json
    user.secrets.json
    config/secrets.enc.yaml
    .secrets
    .secrets/prod
    deploy/secrets/prod.yaml
    secrets/db
    private_keys/server
    kubeconfig
    prod.kubeconfig
    kubeconfig-prod.yaml`),
  'folders of the kind': lines(`
    .git/config
    sub/.git/HEAD
    .GIT/hooks/pre-commit
    .ssh/config
    .ssh/known_hosts
    backup/.aws/credentials
    .aws/config
    .gnupg/pubring.kbx
    .kube/config
    .azure/token
    .docker/config.json
    home/.config/gcloud/db
    .config/gh/hosts.yml
    .cargo/credentials.toml
    .gem/credentials
    .auth/user.json
    .password-store/mail`),
  histories: lines(`
    .bash_history
    .zsh_history
    .rediscli_history
    .history/a.ts
    fish_history`),
}

describe.each(Object.entries(secrets))('%s', (_, paths) => {
  test.each(paths)('%s is a secret', (path) => {
    expect(isSecret(path)).toBe(true)
    expect(isSecret(`some/where/${path}`)).toBe(true)
  })
})

describe.each(
  Object.entries({
    'the same without a value': lines(`
      .env.example
      .env.sample
      .env.template
      .env.dist
      example.env
      .envrc.example
      terraform.tfvars.example
      example.tfvars
      .npmrc.example
      credentials.example.json
      secrets.sample.yaml
      sample-credentials.json
      wp-config-sample.php
      id_rsa.pub
      deploy_key.pub`),
    'programs and texts about them': lines(`
      src/env.ts
      src/env.d.ts
      environment.prod.ts
      src/key.ts
      src/keys/index.ts
      credentials.ts
      src/secrets/index.ts
      src/secrets.py
      Secret.java
      PasswordReset.vue
      password.go
      token.rs
      tokens.css
      Token.cairo
      password_test.exs
      create-secret.sh
      secrets.tf
      passwords.sql
      docs/secrets.md
      .envrc.md
      history.ts
      password-reset.html
      .github/workflows/check-secrets.yml
      locales/en/password.json
      src/i18n/de/auth.json`),
    'data about something else': lines(`
      .
      .gitignore
      .github/workflows/ci.yml
      .gitattributes
      git/config
      config.json
      docker/config.json
      credentials/form.json
      id_card.ts
      monkey.tsx
      keyboard.json
      keymap.toml
      tokens.json
      design-token.json
      tokenizer.json
      special_tokens_map.json
      secretary.json
      secret-scanning.yml
      password-policy.yaml
      foreign-keys.yaml
      passport.json
      environment.pem.md
      server.crt
      database.yml
      gradle.properties
      price_history.csv
      shadow.glsl`),
  }),
)('%s', (_, paths) => {
  test.each(paths)('%s is no secret', (path) => {
    expect(isSecret(path)).toBe(false)
  })
})

test.each(['.git', '.ssh', '.secrets', 'a/.aws', '.env', 'x/.gnupg'])('the folder %s is a secret', (path) => {
  expect(isSecret(path, 'directory')).toBe(true)
})

test.each(['.', 'src/secrets', 'secrets', 'passwords', 'tokens', 'shadow', 'auth', 'keys', 'src/token'])(
  'the folder %s is no secret: there may be programs in it',
  (path) => {
    expect(isSecret(path, 'directory')).toBe(false)
    expect(isSecret(`${path}/index.ts`)).toBe(false)
  },
)

test('a name costs time by its length alone', () => {
  for (const piece of ['secret-', '.env.', 'a1b2c3', '-token', '.json', '_rsa.', 'secret.', '*']) {
    const start = performance.now()
    isSecret(piece.repeat(255))
    isSecret(`${piece.repeat(255)}.json`)
    expect(performance.now() - start).toBeLessThan(200)
  }
})
