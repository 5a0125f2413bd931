/** The configuration of a Synapse for tests: on this machine alone, on SQLite, without limits. */

/** What differs between two of them. */
export interface SynapseSetting {
  /** Holds everything that it writes. */
  readonly folder: string
  readonly port: number
  /** Lets whoever knows it register users. */
  readonly registrationSecret: string
}

/** The name in its user ids. */
export const SERVER_NAME = 'localhost'

const UNLIMITED = { per_second: 100_000, burst_count: 100_000 }

/** The names of Synapse's limits that requests of one user meet. */
const LIMITS = [
  'rc_message',
  'rc_registration',
  'rc_registration_token_validity',
  'rc_admin_redaction',
  'rc_key_requests',
  'rc_presence',
]

/** The file `homeserver.yaml`; JSON is YAML. */
export function synapseConfig({ folder, port, registrationSecret }: SynapseSetting): string {
  return JSON.stringify({
    server_name: SERVER_NAME,
    pid_file: `${folder}/synapse.pid`,
    listeners: [
      {
        port,
        type: 'http',
        tls: false,
        x_forwarded: false,
        bind_addresses: ['127.0.0.1'],
        resources: [{ names: ['client'], compress: false }],
      },
    ],
    database: { name: 'sqlite3', args: { database: `${folder}/homeserver.db` } },
    log_config: `${folder}/log.config`,
    media_store_path: `${folder}/media`,
    signing_key_path: `${folder}/signing.key`,
    registration_shared_secret: registrationSecret,
    macaroon_secret_key: `${registrationSecret} macaroon`,
    form_secret: `${registrationSecret} form`,
    report_stats: false,
    trusted_key_servers: [],
    suppress_key_server_warning: true,
    presence: { enabled: false },
    rc_login: { address: UNLIMITED, account: UNLIMITED, failed_attempts: UNLIMITED },
    rc_joins: { local: UNLIMITED, remote: UNLIMITED },
    ...Object.fromEntries(LIMITS.map((name) => [name, UNLIMITED])),
  })
}

/** The file `log.config`: warnings, to a file. */
export function logConfig({ folder }: SynapseSetting): string {
  return JSON.stringify({
    version: 1,
    formatters: { line: { format: '%(asctime)s %(levelname)s %(name)s %(message)s' } },
    handlers: {
      file: {
        class: 'logging.FileHandler',
        formatter: 'line',
        filename: `${folder}/homeserver.log`,
      },
    },
    root: { level: 'WARNING', handlers: ['file'] },
  })
}
