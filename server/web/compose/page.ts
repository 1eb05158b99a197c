// The page model of the compose form: everything views/compose/form.ejs shows, from a draft or from a start, with
// faults (summary and field), questions and notes. Pure but for the addresses offered while typing.

import type { Account } from '../../../mta/accounts/types.ts';
import type { Contacts } from '../contacts/types.ts';
import type { Identity } from '../identities/own.ts';
import type { LaterModel } from '../outbox/later.ts';
import { cleanLine } from '../shell/foreign.ts';
import type { Template } from '../templates/store.ts';
import type { Translate } from '../words/words.ts';
import type { Fault } from './check.ts';
import type { DraftAttachment, DraftFields } from './drafts.ts';
import { longestFileName, mostNamed } from './files.ts';
import { hasOptions, type LetterOptions, usualOptions } from './options.ts';
import type { Question } from './questions.ts';
import { formatRecipient, parseAddress } from './recipients.ts';

export interface ComposeState {
  readonly id: string;
  readonly rev: number;
  /** '' once the draft exists. */
  readonly seed: string;
  readonly ticket: string;
  readonly fields: DraftFields;
  readonly attachments: readonly Pick<DraftAttachment, 'id' | 'name' | 'size' | 'contentId' | 'isQuoted'>[];
  readonly returnTo: string;
  readonly savedAt: number | undefined;
  readonly kind: 'new' | 'reply' | 'forward' | 'draft';
  readonly identities: readonly (Identity & { readonly signatureBlock: string })[];
  readonly templates: readonly Pick<Template, 'id' | 'name'>[];
  /** What is stored, or would be opened, has formatting. */
  readonly isHtml: boolean;
  /** With script the editor opens at once. */
  readonly wantsHtml: boolean;
  /** Bytes of files that the letter can carry. */
  readonly limit: number;
  readonly faults?: readonly Fault[] | undefined;
  readonly questions?: readonly Question[] | undefined;
  readonly confirmed?: string | undefined;
  /** The choice of sending later that the questions are about; '' for now. */
  readonly laterChoice?: string | undefined;
  readonly notes?: readonly string[] | undefined;
  /** Link that answers the one person instead of the list. */
  readonly privately?: { readonly name: string; readonly href: string } | undefined;
  readonly offered: readonly string[];
  /** Where a signature goes that another From brings along. */
  readonly signaturePlace: 'above' | 'below';
  readonly later: LaterModel;
  readonly options?: LetterOptions | undefined;
  readonly copyFolders: readonly { readonly name: string; readonly label: string }[];
}

const headings = {
  new: 'compose.new',
  reply: 'compose.reply',
  forward: 'compose.forward',
  draft: 'compose.draft',
} as const;

/** The list of files below the text. Pictures that stand in the text are not files, and count. */
export function filesModel(
  state: Pick<ComposeState, 'attachments' | 'limit' | 'isHtml'>,
): Readonly<Record<string, unknown>> {
  const shown = state.attachments.filter((one) =>
    state.isHtml ? one.contentId === undefined : one.isQuoted !== true,
  );
  return {
    files: {
      list: shown.map(({ id, name, size }, at) => ({
        id,
        name: cleanLine(name),
        size,
        canChange: at < mostNamed,
        // Where the buttons put it: before its neighbour, or behind the next one.
        earlier: shown[at - 1] && `${id}:${shown[at - 1]!.id}`,
        later: shown[at + 1] && `${id}:${shown[at + 2]?.id ?? ''}`,
      })),
      longestName: longestFileName,
      used: state.attachments.reduce((sum, one) => sum + one.size, 0),
      limit: state.limit,
    },
  };
}

/** Gives the model of the form; times and sizes are numbers, the template formats them for the reader. */
export function composeModel(state: ComposeState, t: Translate): Readonly<Record<string, unknown>> {
  const faults = state.faults ?? [];
  const questions = state.questions ?? [];
  const first = faults.find((fault) => fault.field !== 'form')?.field;
  const { fields } = state;
  const focus =
    first ??
    (questions.length > 0
      ? 'none'
      : fields.to.trim() === ''
        ? 'to'
        : state.kind === 'reply' || fields.subject !== ''
          ? 'body'
          : 'subject');
  const copies = ['cc', 'bcc', 'replyTo'] as const;
  const isFaulty = (field: string) => faults.some((fault) => fault.field === field);
  return {
    ...filesModel(state),
    compose: {
      ...state,
      heading: t(headings[state.kind]),
      faults,
      questions,
      notes: state.notes ?? [],
      focus,
      faultOf: (field: string) => faults.filter((fault) => fault.field === field).map((fault) => fault.words),
      openCopies: copies.some((field) => fields[field].trim() !== '' || isFaulty(field)),
      options: state.options ?? usualOptions,
      optionsSet: hasOptions(state.options),
      confirmed: [
        ...new Set([...(state.confirmed ?? '').split(','), ...questions.map((question) => question.name)]),
      ]
        .filter((name) => /^[a-z]{1,10}$/.test(name))
        .join(','),
      identities: state.identities.map((one) => ({
        address: one.address,
        text: one.name === '' ? one.address : `${cleanLine(one.name)} <${one.address}>`,
        signature: one.signature,
        signatureBlock: one.signatureBlock,
        bcc: one.bcc,
        replyTo: one.replyTo,
        isHere: one.address === fields.from,
      })),
      format: state.isHtml ? 'kept' : '',
    },
  };
}

const mostOffered = 30;

/**
 * What the lists under the recipient fields offer without script: those written to most, then, as long as these are few,
 * groups by their names and contacts.
 */
export async function offeredAddresses(
  contacts: Pick<Contacts, 'complete' | 'groups' | 'list'>,
  account: Pick<Account, 'address' | 'domain'>,
): Promise<readonly string[]> {
  const found = await contacts.complete(account, '', mostOffered);
  const offered = new Map<string, string>();
  const offer = (key: string, text: string): void => {
    if (offered.size < mostOffered && !offered.has(key)) offered.set(key, text);
  };
  for (const one of found) if (one.kind !== 'group') offer(one.address.toLowerCase(), formatRecipient(one));
  if (offered.size === mostOffered) return [...offered.values()];
  // The name of a group is written out when the letter is saved (contacts/expand.ts).
  for (const { name, size } of contacts.groups(account.address))
    if (size > 0 && !/[,;:<>@"()\\]/.test(name)) offer(name, cleanLine(name));
  for (const one of contacts.list(account.address, { limit: mostOffered }).rows)
    if (parseAddress(one.address)) offer(one.address.toLowerCase(), formatRecipient(one));
  return [...offered.values()];
}
