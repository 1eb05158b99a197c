// control/clientchecks: what is made of clients whose HELO name or reverse name is not as it should be; CHECK ACTION a line.
// Without the file nothing is looked at. What the checks find is trust/client-checks.ts. Pure.
import type { ControlFile } from './reading.ts';
import { ControlError, readLines } from './reading.ts';

/** In the order in which they are told. */
export const clientCheckNames = ['helo-own', 'helo-malformed', 'helo-unknown', 'no-name'] as const;
export type ClientCheckName = (typeof clientCheckNames)[number];

/** What a finding costs. */
export interface CheckAction {
  readonly measure: 'reject' | 'defer' | undefined;
  readonly points: number;
}

export type ClientCheckRules = ReadonlyMap<ClientCheckName, CheckAction>;

/** `2`, `1.5`, `-0.5`; undefined: it is none. */
export const parsePoints = (text: string): number | undefined =>
  /^-?[0-9]{1,3}(?:\.[0-9])?$/.test(text) ? Number(text) : undefined;

/** @throws ControlError */
export function readClientChecks(file: ControlFile): ClientCheckRules {
  const rules = new Map<ClientCheckName, CheckAction>();
  for (const line of readLines(file) ?? []) {
    const [check = '', action = '', ...more] = line.trim().split(/[ \t]+/);
    const name = clientCheckNames.find((each) => each === check);
    const points = parsePoints(action);
    const measure = action === 'reject' || action === 'defer' ? action : undefined;
    if (name === undefined || more.length > 0 || (measure === undefined && points === undefined))
      throw new ControlError(
        file.path,
        line,
        `CHECK ACTION, CHECK one of ${clientCheckNames.join(' ')}, ACTION reject, defer or points such as 1.5`,
      );
    rules.set(name, { measure, points: points ?? 0 });
  }
  return rules;
}
