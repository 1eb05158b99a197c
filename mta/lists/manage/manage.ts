// ezmlm-manage: answers what is written to the command addresses of a list, LIST-subscribe, LIST-help, LIST-list and so on
// (ezmlm-manage(1)). Bounces and letters of machines ask for nothing (security.md R10): an autoresponder that answers a
// question does not subscribe its owner. What each command does is subscription.ts, information.ts, administration.ts, editing.ts.
import type { ListAnswer, ListProgram } from '../program.ts';
import { answerGet, answerList, answerLog } from './administration.ts';
import { sendText, storeText } from './editing.ts';
import { answerHelp, answerQuery, answerText } from './information.ts';
import { checkAccess, type Order, readOrder } from './order.ts';
import { type RequestHeader, readRequest } from './reply.ts';
import { agreeToCome, agreeToGo, askToCome, askToGo, confirmComing, confirmGoing } from './subscription.ts';

export const manage: ListProgram = async (call) => {
  const order = await readOrder(call);
  checkAccess(order);
  const request = await readRequest(order);
  const machine = request.fields.find(isMachineField);
  if (machine !== undefined)
    return {
      status: 99,
      output: `ezmlm-manage: info: nothing done: a machine sent this (${machine.slice(0, 80)})\n`,
    };
  return obey(order, request);
};

/** RFC 3834 5: machines say so; `no` is a person. Precedence is what older ones have. */
const isMachineField = (field: string): boolean =>
  /^auto-submitted:(?!\s*no\b)/i.test(field) || /^precedence:\s*(?:bulk|junk|list|auto_reply)\b/i.test(field);

function obey(order: Order, request: RequestHeader): Promise<ListAnswer> {
  switch (order.command) {
    case 'subscribe':
      return askToCome(order, request);
    case 'sc':
      return confirmComing(order, request);
    case 'tc':
    case 'rc':
      return agreeToCome(order, request, order.command);
    case 'unsubscribe':
      return askToGo(order, request);
    case 'uc':
      return confirmGoing(order, request);
    case 'vc':
    case 'wc':
      return agreeToGo(order, request, order.command);
    case 'list':
    case 'listn':
      return answerList(order, request);
    case 'log':
      return answerLog(order, request);
    case 'edit':
      return sendText(order, request);
    case 'ed':
      return storeText(order, request);
    case 'get':
      return answerGet(order, request);
    case 'query':
      return answerQuery(order, request);
    case 'info':
      return answerText(order, request, 'SUB_INFO', 'info');
    case 'faq':
      return answerText(order, request, 'SUB_FAQ', 'faq');
    default:
      return answerHelp(order, request);
  }
}
