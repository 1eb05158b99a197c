// What a list tells anybody (ezmlm-manage(1)): -query, -info, -faq, and -help, which is also the answer to what is no command.
// Each address gets only so many of these in an hour (throttle.ts): a stranger may ask in its name.
import type { ListAnswer } from '../program.ts';
import { findSubscriber } from '../subscribers.ts';
import { readText } from '../texts.ts';
import type { Order } from './order.ts';
import { type Answer, type RequestHeader, sendAnswer, valuesFor } from './reply.ts';
import { tellTarget } from './subscription.ts';
import { mayWrite } from './throttle.ts';

/** A text of the list. */
export const answerText = (
  order: Order,
  request: RequestHeader,
  subject: string,
  text: string,
): Promise<ListAnswer> => tellTarget(order, request, subject, text);

/** Is the address subscribed? A moderator asks about others; else the address itself is told. */
export async function answerQuery(order: Order, request: RequestHeader): Promise<ListAnswer> {
  const { list, set, target, moderator } = order;
  const text = (await findSubscriber(list.directory, set, target)) === undefined ? 'unsub-nop' : 'sub-nop';
  if (moderator === undefined) return tellTarget(order, request, 'SUB_STATUS', text);
  return send(order, request, {
    subject: 'SUB_STATUS',
    text: await readText(list, text, valuesFor(order)),
    end: 'request',
    recipients: [moderator],
  });
}

/** Help; for a moderator's address with what moderators can do. */
export async function answerHelp(order: Order, request: RequestHeader): Promise<ListAnswer> {
  const { call, list, command, moderator, sender } = order;
  const values = valuesFor(order);
  const help = await readText(list, 'help', values);
  if (moderator !== undefined && command === 'help')
    return send(order, request, {
      subject: 'SUB_MOD_HELP',
      text: (await readText(list, 'mod-help', values)) + help,
      end: 'request',
      recipients: [moderator],
    });
  // What is no command may name anybody: the answer goes to who wrote.
  if (!(await mayWrite(list.directory, sender, 'answer', call.now)))
    return {
      status: 0,
      output: 'ezmlm-manage: info: no help sent: the sender had his letters of this hour\n',
    };
  return send({ ...order, target: sender }, request, {
    subject: 'SUB_HELP',
    text: help,
    end: 'request',
    isHelp: true,
    recipients: [sender],
  });
}

/** To a moderator, or to whom a share was left already. Who names a moderator has him written to: that has an end too. */
export async function send(order: Order, request: RequestHeader, answer: Answer): Promise<ListAnswer> {
  const { list, moderator, call } = order;
  if (moderator !== undefined && !(await mayWrite(list.directory, moderator, 'work', call.now)))
    return {
      status: 0,
      output: 'ezmlm-manage: info: nothing sent: the moderator had his letters of this hour\n',
    };
  return { status: 0, output: await sendAnswer(order, request, answer) };
}
