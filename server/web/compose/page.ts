// The page model of the compose form: everything views/compose/form.ejs shows, from a draft or from a start, with
// faults (summary and field), questions and notes. Pure but for the addresses offered while typing.
import type { Address, Mailbox } from '../../mailbox/types.ts';
import type { LaterModel } from '../outbox/later.ts';
import { cleanLine } from '../shell/foreign.ts';
import type { Fault } from './check.ts';
import type { DraftAttachment, DraftFields } from './drafts.ts';
import { limits } from './drafts.ts';
import type { Question } from './questions.ts';
import { formatRecipient, parseAddress } from './recipients.ts';

export interface ComposeState {
  readonly id: string;
  readonly rev: number;
  /** '' once the draft exists. */
  readonly seed: string;
  readonly ticket: string;
  readonly fields: DraftFields;
  readonly attachments: readonly Pick<DraftAttachment, 'id' | 'name' | 'size'>[];
  readonly returnTo: string;
  readonly savedAt: number | undefined;
  readonly kind: 'new' | 'reply' | 'forward' | 'draft';
  readonly from: Address;
  readonly faults?: readonly Fault[] | undefined;
  readonly questions?: readonly Question[] | undefined;
  readonly confirmed?: string | undefined;
  /** The choice of sending later that the questions are about; '' for now. */
  readonly laterChoice?: string | undefined;
  readonly notes?: readonly string[] | undefined;
  /** Link that answers the one person instead of the list. */
  readonly privately?: { readonly name: string; readonly href: string } | undefined;
  readonly offered: readonly string[];
  readonly later: LaterModel;
}

const headings = { new: 'New message', reply: 'Reply', forward: 'Forward', draft: 'Draft' } as const;

/** Gives the model of the form; times and sizes are numbers, the template formats them for the reader. */
export function composeModel(state: ComposeState): Readonly<Record<string, unknown>> {
  const faults = state.faults ?? [];
  const questions = state.questions ?? [];
  const first = faults.find((fault) => fault.field !== 'form')?.field;
  const focus =
    first ??
    (questions.length > 0
      ? 'none'
      : state.fields.to.trim() === ''
        ? 'to'
        : state.kind === 'reply' || state.fields.subject !== ''
          ? 'body'
          : 'subject');
  const used = state.attachments.reduce((sum, attachment) => sum + attachment.size, 0);
  return {
    compose: {
      ...state,
      heading: headings[state.kind],
      faults,
      questions,
      notes: state.notes ?? [],
      focus,
      faultOf: (field: string) => faults.filter((fault) => fault.field === field).map((fault) => fault.words),
      openCopies:
        state.fields.cc.trim() !== '' ||
        state.fields.bcc.trim() !== '' ||
        faults.some((fault) => fault.field === 'cc' || fault.field === 'bcc'),
      confirmed: [
        ...new Set([...(state.confirmed ?? '').split(','), ...questions.map((question) => question.name)]),
      ]
        .filter((name) => /^[a-z]{1,10}$/.test(name))
        .join(','),
      fromText:
        state.from.name === '' ? state.from.address : `${cleanLine(state.from.name)} <${state.from.address}>`,
      attachments: state.attachments.map((attachment) => ({
        id: attachment.id,
        name: cleanLine(attachment.name),
        size: attachment.size,
      })),
      used,
      limit: limits.sum,
    },
  };
}

/** The 30 addresses written to most in the last hundred sent messages, for the list under the recipient fields. */
export async function offeredAddresses(mailbox: Mailbox): Promise<readonly string[]> {
  const sent = (await mailbox.folders()).find((folder) => folder.role === 'sent');
  if (!sent) return [];
  const { rows } = await mailbox.list({ folder: sent.name, limit: 100 });
  const counts = new Map<string, { count: number; text: string }>();
  for (const address of rows.flatMap((row) => row.to)) {
    if (!parseAddress(address.address)) continue;
    const key = address.address.toLowerCase();
    counts.set(key, { count: (counts.get(key)?.count ?? 0) + 1, text: formatRecipient(address) });
  }
  return [...counts.values()]
    .sort((one, other) => other.count - one.count)
    .slice(0, 30)
    .map((one) => one.text);
}
