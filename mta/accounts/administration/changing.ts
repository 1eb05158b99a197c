// How the administration makes a change: what it is about, and how its parts ask for it (open-administration.ts).
import { lowerAscii } from '../../formats/address.ts';
import type { Actor } from '../administration.ts';
import type { ChangeWords } from '../onchange.ts';
import type { Standing } from './authority.ts';

/** What a call is about, for the audit log. */
export interface Subject {
  readonly action: string;
  readonly object: string;
  readonly details?: string | undefined;
  /** What the onchange hook is told when it is done. `domain`: the real one of what was changed. */
  readonly tells?: ((domain: string) => readonly ChangeWords[]) | undefined;
}

/**
 * Changes something of a domain, as its user; `owner` 'root' for what is root's. Details for the audit log come from
 * the work. A `host` of '' is the system's: only its administrators see the entry.
 */
export type Change = (
  actor: Actor,
  host: string,
  subject: Subject,
  work: (who: Standing) => Promise<string | undefined>,
  owner?: 'root',
) => Promise<void>;

/** An address of the real domain as it is stored, from a name or an address as it was given. */
export const nameIn = (domain: string, name: string): string =>
  `${lowerAscii(name.replace(/@[^@]*$/, '').trim())}@${domain}`;
