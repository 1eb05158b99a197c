// A bounce or notice enters the queue. The line that tells of it comes before the lines about the report's own delivery, as
// in qmail's log; behind a program in the queue's place (control/qmailqueue) it comes with the program's answer.
import type { Injector } from '../inject/types.ts';
import type { Outcome } from '../outcome.ts';

/** @param tell called once, with the report's number (0 when nobody says it), when the report is queued */
export async function injectReport(
  injector: Injector,
  report: Buffer,
  sender: string,
  recipient: string,
  tell: (qp: string) => void,
): Promise<Outcome> {
  let isTold = false;
  const injection = injector.open('bounce', (qp) => {
    isTold = true;
    tell(qp);
  });
  if (!injection.write(report)) await injection.drained();
  const outcome = await injection.finish(sender, [recipient]);
  if (outcome.code === 'K' && !isTold) tell(/\bqp (\d+)/.exec(outcome.text)?.[1] ?? '0');
  return outcome;
}
