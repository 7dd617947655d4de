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
    recording: 'crond',
    rule: 'MF0308',
    severity: 'medium',
    words: 'started crontab /srv/job/crontab',
    reason: 'an entry point tells cron of its jobs as an intruder does',
  },
  // Nothing tells the rules that a container is there to build.
  {
    recording: 'build-apt',
    rule: 'MF0205',
    severity: 'medium',
    words: 'started apt-get install',
    reason: 'a build installs packages',
  },
  {
    recording: 'build-apt',
    rule: 'MF0307',
    severity: 'medium',
    words: 'started /usr/sbin/useradd -r',
    reason: 'a package makes the user that its service runs as',
  },
  {
    recording: 'build-pip',
    rule: 'MF0205',
    severity: 'medium',
    words: '/usr/bin/pip3 install',
    reason: 'a build installs packages',
  },
  {
    recording: 'build-make',
    rule: 'MF0206',
    severity: 'medium',
    words: 'started cc -O2',
    reason: 'a build compiles',
  },
  {
    recording: 'build-make',
    rule: 'MF0206',
    severity: 'medium',
    words: 'cc1 -quiet',
    reason: 'a build compiles',
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
