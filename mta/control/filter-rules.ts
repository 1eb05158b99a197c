// Lines of control/filterargs and control/qfilters (spawn-filter(8), spec/qmail.md 3.2): which command filters the mail
// of which domain. `domain:[local:|remote:]command[:VAR=v,...]`; the domain may hold * and ?, the first line that fits
// counts. Pure. The command is the administrator's; nothing of a message is ever put into it.
import { lowerAscii } from '../formats/address.ts';

/** One line. */
export interface FilterRule {
  /** Lower case; `*` any run of characters, `?` any one. */
  readonly pattern: string;
  /** Undefined: both. */
  readonly channel: 'local' | 'remote' | undefined;
  /** For /bin/sh -c. */
  readonly command: string;
  /** Variables for the command; an empty value takes one away. */
  readonly variables: readonly (readonly [name: string, value: string])[];
}

/** Reads a line; undefined when it is none. `withChannel`: `local:` and `remote:` may stand before the command. */
export function parseFilterRule(line: string, withChannel: boolean): FilterRule | undefined {
  const form = withChannel
    ? /^([^:]+):(?:(local|remote):)?([^:]+)(?::(.*))?$/s
    : /^([^:]+):()([^:]+)(?::(.*))?$/s;
  const [, domain, channel, command, text] = form.exec(line) ?? [];
  if (domain === undefined || command === undefined || command.trim() === '') return undefined;
  // `domain:local:` with nothing to run.
  if (withChannel && (command === 'local' || command === 'remote')) return undefined;
  const variables: [string, string][] = [];
  for (const part of (text ?? '').split(',').map((each) => each.trim())) {
    if (part === '') continue;
    const [, name, value] = /^([A-Za-z_][A-Za-z0-9_]*)=(.*)$/s.exec(part) ?? [];
    if (name === undefined || value === undefined) return undefined;
    variables.push([name, value]);
  }
  return {
    pattern: lowerAscii(domain),
    channel: channel === 'local' || channel === 'remote' ? channel : undefined,
    command,
    variables,
  };
}

/** The first rule for a domain on a channel. */
export function findFilterRule(
  rules: readonly FilterRule[],
  domain: string,
  channel: 'local' | 'remote' | undefined,
): FilterRule | undefined {
  const name = lowerAscii(domain);
  return rules.find(
    (rule) =>
      (rule.channel === undefined || channel === undefined || rule.channel === channel) &&
      fitsPattern(name, rule.pattern),
  );
}

/** Wildcards in time proportional to both lengths: of each `*` only the last is taken back. */
function fitsPattern(name: string, pattern: string): boolean {
  let at = 0;
  let star = -1;
  let starred = 0;
  let p = 0;
  while (at < name.length) {
    if (pattern[p] === '*') {
      star = p++;
      starred = at;
    } else if (p < pattern.length && (pattern[p] === '?' || pattern[p] === name[at])) {
      p++;
      at++;
    } else if (star >= 0) {
      p = star + 1;
      at = ++starred;
    } else return false;
  }
  while (pattern[p] === '*') p++;
  return p === pattern.length;
}
