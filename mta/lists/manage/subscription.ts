// Coming and going (ezmlm-manage(1) SUBSCRIPTION, MODERATION): nobody is subscribed or removed unless the address itself, or a
// moderator for it, confirmed that. A confirmation is an address with a cookie in it:
//
//   sc, uc  the subscriber answers;  tc, vc  any moderator answers what a subscriber confirmed;  rc, wc  a moderator confirms
//           what he asked for somebody else
//
// The store is changed before the answer is queued: a queue that refuses it has the letter tried again, and then it says
// what is so already.
import { isPlainAddress } from '../../accounts/administration/dot-qmail-lines.ts';
import { isDomainName, quoteAddress } from '../../formats/address.ts';
import { isGoodCookie, makeCookie, parseDatedCookie } from '../cookie.ts';
import { ListError } from '../errors.ts';
import { toBytes } from '../files.ts';
import { keyOfSet } from '../list.ts';
import { isOwnAddress } from '../own-addresses.ts';
import type { ListAnswer } from '../program.ts';
import { findSubscriber, readSubscribers, refuseAddress, subscribe, unsubscribe } from '../subscribers.ts';
import type { Substitutions } from '../substitution.ts';
import { readText } from '../texts.ts';
import { findName, keepName } from './names.ts';
import type { Order } from './order.ts';
import { ownAddress, type RequestHeader, sendAnswer, valuesFor } from './reply.ts';
import { type LetterKind, mayWrite } from './throttle.ts';

/** Actions that a confirmation is asked for. */
type Action = 'sc' | 'tc' | 'rc' | 'uc' | 'vc' | 'wc';

const done = (output: string): ListAnswer => ({ status: 0, output });
const info = (words: string): ListAnswer => done(`ezmlm-manage: info: ${words}\n`);

/** May this address be subscribed by mail? @throws ListError 100 */
export function checkTarget({ list, target }: Order): void {
  const refusal = refuseAddress(target);
  if (refusal !== undefined) throw new ListError(100, `${refusal} (#5.1.3)`);
  const domain = target.slice(target.lastIndexOf('@') + 1);
  if (!isPlainAddress(target) || !isDomainName(domain))
    throw new ListError(
      100,
      `${JSON.stringify(target)} cannot be subscribed: it is no plain address (#5.1.3)`,
    );
  if (isOwnAddress(list, target)) throw new ListError(100, 'a list is no subscriber of itself (#5.4.6)');
}

/** LIST-subscribe. */
export async function askToCome(order: Order, request: RequestHeader): Promise<ListAnswer> {
  checkTarget(order);
  const { list, set, target, options } = order;
  if ((await findSubscriber(list.directory, set, target)) !== undefined)
    return tellTarget(order, request, 'SUB_SUBSCRIBE_NOP', 'sub-nop');
  if (order.moderator !== undefined && order.isRemote)
    return ask(order, request, 'rc', 'mod-sub-confirm', [order.moderator]);
  if (options.asksComing) return ask(order, request, 'sc', 'sub-confirm', [target]);
  if (order.isModerated) return askModerators(order, request, 'tc', 'mod-sub-confirm');
  return come(order, request, { event: '', name: request.from, answers: options.tells });
}

/** LIST-sc.COOKIE: the subscriber confirmed. */
export async function confirmComing(order: Order, request: RequestHeader): Promise<ListAnswer> {
  checkTarget(order);
  if (!isConfirmed(order, 'sc')) return ask(order, request, 'sc', 'sub-bad', [order.target]);
  const isOwnModerator = order.moderator !== undefined && order.sender === order.target;
  if (order.isModerated && !isOwnModerator) return askModerators(order, request, 'tc', 'mod-sub-confirm');
  return come(order, request, { event: '', name: request.from, answers: true });
}

/** LIST-tc.COOKIE and LIST-rc.COOKIE: a moderator agreed. */
export async function agreeToCome(
  order: Order,
  request: RequestHeader,
  action: 'tc' | 'rc',
): Promise<ListAnswer> {
  checkTarget(order);
  if (!isConfirmed(order, action)) return askAgain(order, request, action, 'sub-bad');
  const time = parseDatedCookie(order.argument)?.time ?? 0;
  const name = order.options.keepsNames ? await findName(order.list.directory, order.target, time) : '';
  return come(order, request, {
    event: action === 'rc' ? 'mod' : '',
    name,
    answers: order.options.tells,
    moderated: action,
  });
}

/** LIST-unsubscribe. */
export async function askToGo(order: Order, request: RequestHeader): Promise<ListAnswer> {
  const { list, set, target, options } = order;
  checkTarget(order);
  if ((await findSubscriber(list.directory, set, target)) === undefined)
    return tellTarget(order, request, 'SUB_UNSUBSCRIBE_NOP', 'unsub-nop');
  if (options.asksLeaving) {
    if (order.moderator !== undefined && order.isRemote)
      return ask(order, request, 'wc', 'mod-unsub-confirm', [order.moderator]);
    return ask(order, request, 'uc', 'unsub-confirm', [target]);
  }
  if (options.moderatesLeaving && order.isModerated)
    return askModerators(order, request, 'vc', 'mod-unsub-confirm');
  return go(order, request, { event: '' });
}

/** LIST-uc.COOKIE. */
export async function confirmGoing(order: Order, request: RequestHeader): Promise<ListAnswer> {
  checkTarget(order);
  if (!isConfirmed(order, 'uc')) return ask(order, request, 'uc', 'unsub-bad', [order.target]);
  if (order.options.moderatesLeaving && order.isModerated)
    return askModerators(order, request, 'vc', 'mod-unsub-confirm');
  return go(order, request, { event: '' });
}

/** LIST-vc.COOKIE and LIST-wc.COOKIE. */
export async function agreeToGo(
  order: Order,
  request: RequestHeader,
  action: 'vc' | 'wc',
): Promise<ListAnswer> {
  checkTarget(order);
  if (!isConfirmed(order, action)) return askAgain(order, request, action, 'unsub-bad');
  return go(order, request, { event: action === 'wc' ? 'mod' : '', moderated: true });
}

const isConfirmed = ({ list, set, target, argument, call }: Order, action: Action): boolean =>
  isGoodCookie(parseDatedCookie(argument), {
    key: keyOfSet(list, set),
    address: target,
    action,
    now: call.now,
  });

/** A cookie of moderators that does not count: only to an administrator it is worth a new one. */
function askAgain(order: Order, request: RequestHeader, action: Action, text: string): Promise<ListAnswer> {
  if (order.moderator === undefined || !order.isRemote)
    throw new ListError(100, 'this confirmation of a moderator is too old, or none (#5.7.1)');
  return ask(order, request, action, text, [order.moderator]);
}

/** What the subject of a question is. */
const questionSubjects: Readonly<Record<Action, string>> = {
  sc: 'SUB_USR_SUBSCRIBE',
  uc: 'SUB_USR_UNSUBSCRIBE',
  tc: 'SUB_MOD_SUBSCRIBE',
  rc: 'SUB_MOD_SUBSCRIBE',
  vc: 'SUB_MOD_UNSUBSCRIBE',
  wc: 'SUB_MOD_UNSUBSCRIBE',
};

/** Asks for a confirmation: an answer to the letter is one. */
async function ask(
  order: Order,
  request: RequestHeader,
  action: Action,
  text: string,
  recipients: Iterable<string> | AsyncIterable<string>,
): Promise<ListAnswer> {
  const { call, list, local, set, target, verpTarget } = order;
  const isToTarget = action === 'sc' || action === 'uc';
  if (isToTarget && !(await isInShare(order, 'question'))) return tooMany(order);
  const isToModerator = action === 'rc' || action === 'wc';
  if (isToModerator && !(await mayWrite(list.directory, order.moderator ?? order.sender, 'work', call.now)))
    return info('nothing sent: the moderator had his letters of this hour');
  const cookie = makeCookie(keyOfSet(list, set), String(call.now), target, action);
  const confirm = `${local}-${action}.${call.now}.${cookie}-${verpTarget}@${list.outhost}`;
  const values: Substitutions = {
    ...valuesFor(order),
    confirm,
    confirmPrefix: local.length,
    action,
    cookie,
    time: call.now,
  };
  const output = await sendAnswer(order, request, {
    subject: questionSubjects[action],
    fields: `Reply-To: ${toBytes(quoteAddress(confirm))}\n`,
    text: await readText(list, text, values),
    end: 'request',
    recipients,
  });
  return done(output);
}

async function askModerators(
  order: Order,
  request: RequestHeader,
  action: 'tc' | 'vc',
  text: string,
): Promise<ListAnswer> {
  const { list, target, options, call, moderators } = order;
  if (!(await isInShare(order, 'question'))) return tooMany(order);
  if (action === 'tc' && options.keepsNames) await keepName(list.directory, target, request.from, call.now);
  const recipients: string[] = [];
  for await (const addresses of readSubscribers(list.directory, moderators)) recipients.push(...addresses);
  // A moderated list without moderators: its owner is the one who can do something about it.
  return ask(order, request, action, text, recipients.length > 0 ? recipients : [ownerOf(order)]);
}

const ownerOf = ({ list }: Order): string => `${list.outlocal}-owner@${list.outhost}`;

/** Has somebody who is no moderator not had too many letters for this address yet? */
async function isInShare({ list, target, call }: Order, kind: LetterKind): Promise<boolean> {
  return mayWrite(list.directory, target, kind, call.now);
}

const tooMany = ({ target }: Order): ListAnswer =>
  info(`nothing sent to ${toBytes(target)}: it had its letters of this hour`);

/** Nothing has changed. */
export async function tellTarget(
  order: Order,
  request: RequestHeader,
  subject: string,
  text: string,
): Promise<ListAnswer> {
  if (!(await isInShare(order, 'answer'))) return tooMany(order);
  return done(
    await sendAnswer(order, request, {
      subject,
      text: await readText(order.list, text, valuesFor(order)),
      end: 'request',
      recipients: [order.target],
    }),
  );
}

interface Coming {
  /** What the Log says after +. */
  readonly event: string;
  /** For the Log, byte string. */
  readonly name: string;
  readonly answers: boolean;
  readonly moderated?: 'tc' | 'rc' | undefined;
}

async function come(order: Order, request: RequestHeader, coming: Coming): Promise<ListAnswer> {
  const { list, set, target, options } = order;
  const comment = options.keepsNames ? Buffer.from(coming.name, 'latin1').toString('utf8') : '';
  const isNew = await subscribe(list.directory, set, target, { event: coming.event, comment });
  if (set === 'allow' || set === 'deny') return info(`${toBytes(target)} is in the set ${set}`);
  if (!isNew && coming.moderated === 'tc') return info('target is already a subscriber');
  const recipients = [
    ...(coming.answers ? [target] : []),
    ...(isNew && options.tellsOwner === 2 ? [ownerOf(order)] : []),
  ];
  if (recipients.length === 0) return info(`${toBytes(target)} is subscribed`);
  const leave = `${order.local}-unsubscribe-${order.verpTarget}@${list.outhost}`;
  const values = { ...valuesFor(order), confirm: leave, confirmPrefix: order.local.length };
  return done(
    await sendAnswer(order, request, {
      subject: isNew ? 'SUB_WELCOME' : 'SUB_SUBSCRIBE_NOP',
      fields: isNew ? `List-Unsubscribe: <mailto:${leaveUrl(order)}>\n` : '',
      text: await readText(list, isNew ? 'sub-ok' : 'sub-nop', values),
      end: coming.moderated ? 'moderated' : 'request',
      recipients,
    }),
  );
}

/** The address to leave by, for a mailto URL: who chose the address does not choose what else the URL says (RFC 6068 2). */
const leaveUrl = (order: Order): string =>
  ownAddress(order, '-unsubscribe-').replace(
    /@(?=[^@]*$)/,
    () => `${encodeURIComponent(order.verpTarget).replaceAll('%3D', '=')}@`,
  );

async function go(
  order: Order,
  request: RequestHeader,
  { event, moderated = false }: { readonly event: string; readonly moderated?: boolean },
): Promise<ListAnswer> {
  const { list, set, target, options, sender } = order;
  const wasThere = await unsubscribe(list.directory, set, target, { event });
  if (set === 'allow' || set === 'deny') return info(`${toBytes(target)} is no longer in the set ${set}`);
  if (moderated && !wasThere && order.isModerated) return info('target is not a subscriber');
  const recipients = moderated && !wasThere ? [sender] : !wasThere || options.tells ? [target] : [];
  const ownerHears = moderated ? wasThere && options.tellsOwner > 1 : options.tellsOwner > (wasThere ? 1 : 0);
  if (ownerHears) recipients.push(ownerOf(order));
  if (recipients.length === 0) return info(`${toBytes(target)} is unsubscribed`);
  return done(
    await sendAnswer(order, request, {
      subject: wasThere ? 'SUB_GOODBYE' : 'SUB_UNSUBSCRIBE_NOP',
      text: await readText(list, wasThere ? 'unsub-ok' : 'unsub-nop', valuesFor(order)),
      end: moderated ? 'moderated' : 'request',
      recipients,
    }),
  );
}
