/**
 * Programs whose short flags or plain words carry secrets. Only a program's own table makes `-p` a password: everywhere else it is a
 * port, a path or a pid.
 */

/** Which part of a value is the secret: all of it, or what follows the first colon, percent sign or comma (user names stay). */
export type SecretPart = 'whole' | ':' | '%' | ','

export interface ToolRule {
  /** Matches a flag up to and including the letter that takes the secret; what follows in the same word is its value. */
  readonly flag: RegExp
  /** Where the value may stand: in the same word, in the next, or in either. */
  readonly value: 'attached' | 'next' | 'either'
  readonly part: SecretPart
  /** Only after this plain word. */
  readonly after?: string
}

export interface Tool {
  readonly rules: readonly ToolRule[]
  /** Its --password never takes the next word: without `=` it asks. */
  readonly passwordAsks?: true
  /** Its --secret names a secret and does not contain one. */
  readonly secretIsName?: true
  /** Its passwords say where they come from: `pass:secret`, but `file:/path`, `env:NAME`, `fd:3` and `stdin` contain none. */
  readonly passwordSources?: true
  /** Plain words after which a secret follows as a plain word: `nmcli … password X`. */
  readonly plainKeys?: true
}

const rule = (
  flag: RegExp,
  value: ToolRule['value'],
  part: SecretPart = 'whole',
  after?: string,
): ToolRule => ({ flag, value, part, ...(after === undefined ? {} : { after }) })

const mysql: Tool = { rules: [rule(/^-p/, 'attached')], passwordAsks: true }
const postgres: Tool = { rules: [], passwordAsks: true }
const login = rule(/^-p/, 'either', 'whole', 'login')
const registryCreds = rule(/^--(?:src-|dest-)?creds(?:=|$)/, 'either', ':')
const containerTool: Tool = { rules: [login, registryCreds], secretIsName: true }
const redis: Tool = { rules: [rule(/^-a$/, 'next')], plainKeys: true }
const ldap: Tool = { rules: [rule(/^-[xvnZcL]*w/, 'either')] }
const mongo: Tool = { rules: [rule(/^-p/, 'either')] }
const mosquitto: Tool = { rules: [rule(/^-P/, 'either')] }
const archive: Tool = { rules: [rule(/^-h?p/, 'attached')] }
const samba: Tool = { rules: [rule(/^-U/, 'either', '%'), rule(/^--user(?:=|$)/, 'either', '%')] }
const httpie: Tool = { rules: [rule(/^-a$/, 'next', ':'), rule(/^--auth(?:=|$)/, 'either', ':')] }
const accounts: Tool = { rules: [rule(/^-p$/, 'next')] }
const snmp: Tool = { rules: [rule(/^-[AX]$/, 'next')] }

const families: readonly (readonly [Tool, string])[] = [
  [
    mysql,
    'mysql mysqldump mysqladmin mysqlimport mysqlshow mysqlcheck mysqlsh mysqlpump mysqlslap mysqlbinlog ' +
      'mariadb mariadb-dump mariadb-admin mariadb-import mariadb-show mariadb-check mariadb-backup',
  ],
  [
    postgres,
    'psql pg_dump pg_dumpall pg_restore pg_basebackup pg_receivewal createdb createuser dropdb dropuser ' +
      'vacuumdb reindexdb clusterdb',
  ],
  [containerTool, 'docker podman nerdctl buildah skopeo helm oras crane regctl az'],
  [redis, 'redis-cli valkey-cli keydb-cli'],
  [ldap, 'ldapsearch ldapadd ldapmodify ldapdelete ldapwhoami ldappasswd ldapmodrdn ldapcompare'],
  [mongo, 'mongo mongosh mongodump mongorestore mongoexport mongoimport'],
  [mosquitto, 'mosquitto_pub mosquitto_sub mosquitto_rr sqlcmd bcp zip unzip ipmitool'],
  [archive, '7z 7za 7zr 7zz rar unrar'],
  [samba, 'smbclient rpcclient smbget smbcacls net'],
  [httpie, 'http https xh xhs'],
  [accounts, 'useradd usermod groupadd groupmod'],
  [snmp, 'snmpget snmpwalk snmpset snmpbulkwalk snmpgetnext snmptrap'],
]

/** By base name. */
export const tools: ReadonlyMap<string, Tool> = new Map<string, Tool>([
  ...families.flatMap(([tool, names]) =>
    names.split(' ').map((name): [string, Tool] => [name, tool]),
  ),
  ['sshpass', { rules: [rule(/^-p/, 'either')] }],
  [
    'curl',
    {
      rules: [
        rule(/^-[sSfLkvgiIOJNq#]*[uU]/, 'either', ':'),
        rule(/^--(?:proxy-)?user(?:=|$)/, 'either', ':'),
      ],
    },
  ],
  ['ctr', { rules: [rule(/^-u$/, 'next', ':'), rule(/^--user(?:=|$)/, 'either', ':')] }],
  ['lftp', { rules: [rule(/^-u/, 'either', ',')] }],
  ['openssl', { rules: [rule(/^-[kK]$/, 'next', 'whole', 'enc')], passwordSources: true }],
  ['nmcli', { rules: [], plainKeys: true }],
  ['xfreerdp', { rules: [rule(/^\/p:/, 'attached')] }],
])

/** Shells, whose `-c` takes a script. */
export const shells: ReadonlySet<string> = new Set(
  'sh bash dash ash zsh ksh mksh fish busybox su runuser script flock'.split(' '),
)

/** Programs that run the script or command line in one of their arguments. */
export const scriptTakers: ReadonlySet<string> = new Set(
  'ssh watch eval tmux screen parallel'.split(' '),
)

/** Programs that start another, named by one of their later words. */
export const wrappers: ReadonlySet<string> = new Set([
  ...'sudo doas env nohup time timeout nice ionice exec command setsid stdbuf chroot xargs strace ltrace'.split(
    ' ',
  ),
  ...'nsenter unshare setpriv gosu su-exec tini dumb-init catchsegv numactl taskset chrt prlimit'.split(
    ' ',
  ),
  ...'kubectl oc docker podman nerdctl crictl crun runc lxc-attach systemd-run sshpass busybox'.split(
    ' ',
  ),
  ...shells,
  ...scriptTakers,
])

/** Some tool's name in a text: whether a script is worth splitting into words. */
export const toolName = new RegExp(
  `(?<![\\w.-])(?:${[...tools.keys()].map((name) => name.replaceAll('.', '\\.')).join('|')})(?![\\w-])`,
)

/** Last segment of a path, without the dash of a login shell. */
export const baseName = (path: string): string => {
  const name = path.slice(path.lastIndexOf('/') + 1)
  return name.startsWith('-') ? name.slice(1) : name
}
