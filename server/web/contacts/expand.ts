// The name of a group in a recipient field stands for its members (webmail.md K3): written out, so that the person sees who
// gets the letter and can take somebody out. Pure but for the groups it is given.
import { formatRecipient, splitRecipients } from '../compose/recipients.ts';
import type { Contacts } from './types.ts';

/** The field with the groups of an account written out; text that is not the name of a group stays as it is typed. */
export function expandGroups(contacts: Pick<Contacts, 'groupMembers'>, owner: string, typed: string): string {
  if (typed.length > 64 * 1024 || typed.trim() === '') return typed;
  const pieces = splitRecipients(typed);
  const members = pieces.map((piece) =>
    piece.includes('@') || piece.length > 200 ? undefined : contacts.groupMembers(owner, piece),
  );
  if (members.every((found) => found === undefined || found.length === 0)) return typed;
  return pieces
    .flatMap((piece, at) => {
      const found = members[at];
      return found === undefined || found.length === 0 ? [piece] : found.map(formatRecipient);
    })
    .join(', ');
}

/** The same for the three fields of a letter; what else it has stays. */
export const expandGroupFields = <Fields extends Readonly<Record<'to' | 'cc' | 'bcc', string>>>(
  contacts: Pick<Contacts, 'groupMembers'>,
  owner: string,
  fields: Fields,
): Fields => ({
  ...fields,
  to: expandGroups(contacts, owner, fields.to),
  cc: expandGroups(contacts, owner, fields.cc),
  bcc: expandGroups(contacts, owner, fields.bcc),
});
