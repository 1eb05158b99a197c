// The header of a message as its page shows it (webmail.md V1 to V3, V8): people with their contacts, what our own system
// knows of the way it came, warnings about its sender, how its mailing is left. Foreign texts are cleaned here and escaped
// by the template; nothing is claimed that was not checked by us.
import type { Address } from '../../mailbox/types.ts';
import type { MessageView } from '../../message/types.ts';
import { newContactPath } from '../contacts/address.ts';
import { cleanLine } from '../shell/foreign.ts';
import type { Web } from '../types.ts';
import type { Translate } from '../words/words.ts';
import { avatarOf, listName, type Person, personOf } from './model.ts';
import { readTrace } from './trace.ts';
import { leftKey, readUnsubscribe } from './unsubscribe.ts';
import { domainOf, isSameSite, senderWarnings } from './warnings.ts';

export interface HeaderPerson extends Person {
  readonly self: boolean;
  /** The contact of that address, or the form that makes one; '' for oneself and for what is no address. */
  readonly contactHref: string;
  readonly isContact: boolean;
}

/** Addresses of one field that are shown. */
const mostShown = 300;

export function headerModel(
  web: Pick<Web, 'contacts' | 'answers' | 'me'>,
  owner: { readonly address: string; readonly gecos: string },
  view: MessageView,
  place: { readonly id: string; readonly folder: string; readonly here: string; readonly isSent: boolean },
  isOwn: (address: string) => boolean,
  t: Translate,
) {
  const found = new Map<string, ReturnType<typeof web.contacts.findByAddress>>();
  const contactOf = (address: string) => {
    if (!found.has(address)) found.set(address, web.contacts.findByAddress(owner.address, address));
    return found.get(address);
  };
  const shown = (one: Address): HeaderPerson => {
    const person = personOf(one);
    const self = isOwn(one.address);
    const contact = self || person.href === '' ? undefined : contactOf(one.address);
    return {
      ...person,
      self,
      isContact: contact !== undefined,
      contactHref: contact
        ? `/contacts/${contact.id}`
        : self || person.href === ''
          ? ''
          : newContactPath(person.name, person.address, place.here.slice(0, 1000)),
    };
  };
  const people = (list: readonly Address[]): readonly HeaderPerson[] => list.slice(0, mostShown).map(shown);

  const sender = view.from[0];
  const domain = domainOf(sender?.address ?? '');
  const trace = readTrace(view.headers, web.me, domain);
  const via = viaOf(view, trace.returnPath, domain);
  const contact = sender && contactOf(sender.address);
  const isKnown =
    sender !== undefined &&
    (contact !== undefined || web.contacts.wroteTo(owner.address, sender.address) || isOwn(sender.address));
  const way = place.isSent ? undefined : readUnsubscribe(view.headers);
  return {
    from: sender ? shown(sender) : undefined,
    moreSenders: people(view.from.slice(1)),
    avatar: { ...avatarOf(sender), picture: contact?.hasPicture ? `/contacts/${contact.id}/picture` : '' },
    to: people(view.to),
    cc: people(view.cc),
    bcc: people(view.bcc),
    replyTo: view.replyTo.some((one) => one.address.toLowerCase() !== sender?.address.toLowerCase())
      ? people(view.replyTo)
      : [],
    list: listName(view.headers),
    via,
    hop: trace.hop,
    check: trace.check && {
      signedBy: cleanLine(trace.check.signedBy),
      comesFrom: cleanLine(trace.check.comesFrom),
    },
    warnings: [
      ...(trace.check?.failsDmarc ? [t('warning.dmarc', { domain: cleanLine(domain) })] : []),
      ...senderWarnings(view, t, {
        isKnown,
        ownName: owner.gecos,
        isOwnAddress: sender !== undefined && isOwn(sender.address),
      }),
    ],
    /** Undefined: the message offers no way. */
    unsubscribe: way && {
      href: `/m/${place.id}/unsubscribe?${new URLSearchParams({ in: place.folder, return: place.here.slice(0, 1000) })}`,
      left: web.answers.find(owner.address, leftKey(view, way))?.at,
    },
  };
}

/** Who sent it for the sender: Sender's address, else the domain of the envelope; '' when it is the sender's own house. */
function viaOf(view: MessageView, returnPath: string, domain: string): string {
  const field = view.headers.find(({ name }) => name.toLowerCase() === 'sender')?.value ?? '';
  const named = /<([^<>]{3,320})>\s*$/.exec(field)?.[1] ?? field.trim();
  if (named.includes('@') && !isSameSite(domainOf(named), domain)) return cleanLine(named, 320);
  const envelope = domainOf(returnPath);
  return returnPath.includes('@') && domain !== '' && !isSameSite(envelope, domain)
    ? cleanLine(envelope, 255)
    : '';
}
