// Actions that answer the sender: reject and ereject (RFC 5429), vacation (RFC 5230) with :seconds (RFC 6131) and :fcc (RFC
// 8580). Whether an answer is really sent (loops, lists, how often) is decided by those who deliver.
import { createHash } from 'node:crypto';
import { type CommandDefinition, type Extension, step } from '../definitions.ts';
import { ScriptError } from '../language/source.ts';
import { fccTags, readFileCarbonCopy } from './carbon-copy.ts';
import { readAddress, readNamedAddress } from './filing.ts';

/** RFC 5429 2.1: of a reason, in UTF-16 units. */
const MOST_REASON = 16_384;

const reject = (name: 'reject' | 'ereject'): CommandDefinition => ({
  name,
  capabilities: [name],
  signature: { positional: [{ name: 'the reason', type: 'string' }] },
  check: (call) => {
    const reason = call.text('the reason')!;
    return step(call, (run) => {
      const text = reason.valueIn(run).slice(0, MOST_REASON).toWellFormed();
      run.actions.add({ type: 'reject', reason: text, early: name === 'ereject' });
      run.actions.cancelKeep();
    });
  },
});

const DAY = 86_400;
/** RFC 5230 4.1: without :days. */
const DEFAULT_SECONDS = 7 * DAY;
const MOST_SECONDS = 365 * DAY;

const vacation: CommandDefinition = {
  name: 'vacation',
  capabilities: ['vacation'],
  signature: {
    tags: [
      { name: 'days', value: 'number', group: 'time' },
      { name: 'seconds', value: 'number', group: 'time', capability: 'vacation-seconds' },
      { name: 'subject', value: 'string' },
      { name: 'from', value: 'string' },
      { name: 'addresses', value: 'strings' },
      { name: 'mime' },
      { name: 'handle', value: 'string' },
      ...fccTags,
    ],
    positional: [{ name: 'the reason', type: 'string' }],
  },
  check: (call, checking) => {
    const days = call.number('days');
    // RFC 5230 4.1: 0 is out of range and becomes 1; RFC 6131 2: 0 seconds are every letter.
    const asked = call.number('seconds') ?? (days === undefined ? DEFAULT_SECONDS : Math.max(1, days) * DAY);
    const seconds = Math.min(asked, MOST_SECONDS);
    const fromText = call.text('from');
    const from = fromText === undefined ? undefined : readNamedAddress(fromText, checking);
    const addresses = (call.texts('addresses') ?? []).map((text) => readAddress(text, checking));
    const fcc = readFileCarbonCopy(call, checking);
    return step(call, (run) => {
      const reason = call.text('the reason')!.valueIn(run);
      const subject = call
        .text('subject')
        ?.valueIn(run)
        .replace(/[\x00-\x1f\x7f]+/g, ' ');
      const sender = from?.(run) ?? '';
      const mime = call.has('mime');
      if (mime && !/^[!-9;-~]+[ \t]*:|^\r?\n/.test(reason))
        throw new ScriptError(
          'found a text behind vacation :mime that begins with no header field; expected a MIME entity',
        );
      // RFC 5230 4.7: without a handle, what makes two answers different ones.
      const own = createHash('sha256')
        .update(JSON.stringify([subject ?? null, fromText?.valueIn(run) ?? null, mime, reason]))
        .digest('hex');
      run.actions.add({
        type: 'vacation',
        seconds,
        subject,
        from: sender,
        addresses: addresses.map((address) => address(run)),
        mime,
        handle: call.text('handle')?.valueIn(run).slice(0, 1000).toWellFormed() ?? own,
        reason,
        fcc: fcc(run),
      });
    });
  },
};

export const answers: Extension = { commands: [reject('reject'), reject('ereject'), vacation] };
