/**
 * What the rules of today say of honest work, at medium severity or worse, each with its reason; judge.ts requires exactly these.
 * One that a better rule no longer finds is removed here.
 */
import type { Severity } from '#proto/finding.ts'

export interface Known {
  readonly recording: string
  readonly rule: string
  readonly severity: Severity
  /** Part of the finding's own words, which tells it from others of the same rule. */
  readonly words: string
  readonly reason: string
}

export const known: readonly Known[] = [
  {
    recording: 'php',
    rule: 'MF0106',
    severity: 'high',
    words: 'php-cgi8.2 started sh -c date -u',
    reason: 'a page starts a shell as one that an intruder put there does',
  },
  {
    recording: 'crond',
    rule: 'MF0308',
    severity: 'medium',
    words: 'started crontab /srv/job/crontab',
    reason: 'an entry point tells cron of its jobs as an intruder does',
  },
  // A declared builder may install and compile; new users and programs of its own stay what they are.
  {
    recording: 'build-apt',
    rule: 'MF0307',
    severity: 'medium',
    words: 'started /usr/sbin/useradd -r',
    reason: 'a package makes the user that its service runs as',
  },
  {
    recording: 'build-make',
    rule: 'MF0201',
    severity: 'high',
    words: 'ran /tmp/build/tea',
    reason: 'a build tests what it has compiled',
  },
  {
    recording: 'build-make',
    rule: 'MF0203',
    severity: 'medium',
    words: 'ran /tmp/build/tea',
    reason: 'a build compiles in a directory for temporary files',
  },
]
