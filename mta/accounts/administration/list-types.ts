// Mailing lists as the administration sees them (spec/qmailadmin.md 2.8): what its pages show and change, as plain data.
import type { Actor, ListPage, ListQuery } from '../administration.ts';

/** Who may post; the letters of ezmlm-make that stand for it are in lists.ts. */
export const postings = ['anyone', 'subscribers', 'others-moderated', 'moderators', 'moderated'] as const;
export type Posting = (typeof postings)[number];

/** Who reads the archive; `none`: there is no archive. */
export const archives = ['none', 'anyone', 'subscribers', 'moderators'] as const;
export type ArchiveReaders = (typeof archives)[number];

/** Switches of a list, each by its file in the list's directory; those with `no` in their file are turned round. */
export const listSwitches = [
  'public',
  'confirmsSubscribing',
  'confirmsLeaving',
  'moderatesSubscribing',
  'digest',
  'threads',
  'trailer',
  'remote',
  'moderatorsList',
  'moderatorsEdit',
] as const;
export type ListSwitch = (typeof listSwitches)[number];

/** What a form says of a list. */
export interface ListChoices {
  /** Who answers for the list: an address, or '' for the Mailbox file in its directory. */
  readonly owner: string;
  /** Before each subject, without its brackets; '' for nothing. */
  readonly prefix: string;
  /** `sender`, `list`, or an address. */
  readonly replyTo: string;
  readonly posting: Posting;
  readonly archive: ArchiveReaders;
  readonly switches: readonly ListSwitch[];
}

export interface ListInput extends ListChoices {
  /** Undefined for a new one: then a taken name is refused. */
  readonly version?: string | undefined;
}

export interface ListSummary {
  readonly name: string;
  readonly posting: Posting;
  readonly members: number;
  /** Posts so far. */
  readonly posts: number;
  /** Its members are in a database, or its directory cannot be read: why. Nothing of it is changed here. */
  readonly odd?: string | undefined;
}

/** The sets of addresses of a list that pages show, by their directory; '.' is the subscribers. */
export const memberSets = ['.', 'digest', 'mod', 'allow', 'deny'] as const;
export type MemberSet = (typeof memberSets)[number];

export interface ListDetails extends ListSummary {
  readonly version: string;
  readonly choices: ListChoices;
  /** How many addresses each set has. */
  readonly counts: Readonly<Record<MemberSet, number>>;
  /** Where it lies. */
  readonly directory: string;
}

export interface MemberChange {
  readonly add: readonly string[];
  readonly remove: readonly string[];
}

/** What became of a change of members. */
export interface MemberChanged {
  readonly added: number;
  readonly removed: number;
  /** Addresses that were there (not there) already. */
  readonly same: number;
}

/** Addresses that one change of members may name. */
export const MOST_MEMBERS = 20_000;

/** Domain administrators, within the limits of their domain. */
export interface ListQuestions {
  lists(actor: Actor, domain: string, query: ListQuery): Promise<ListPage<ListSummary>>;
  list(actor: Actor, domain: string, name: string): Promise<ListDetails>;
  setList(actor: Actor, domain: string, name: string, list: ListInput): Promise<void>;
  /** With its archive and its members. */
  removeList(actor: Actor, domain: string, name: string, version: string): Promise<void>;
  members(
    actor: Actor,
    domain: string,
    name: string,
    set: MemberSet,
    query: ListQuery,
  ): Promise<ListPage<string>>;
  /** At most MOST_MEMBERS addresses. All are checked before any is stored: Refusal `members` names the first bad one. */
  changeMembers(
    actor: Actor,
    domain: string,
    name: string,
    set: MemberSet,
    change: MemberChange,
  ): Promise<MemberChanged>;
}
