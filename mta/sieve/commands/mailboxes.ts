// Tests that ask the mailbox: mailboxexists (RFC 5490 3.1), specialuse_exists (RFC 8579 3) and duplicate (RFC 7352).
import { type Extension, test } from '../definitions.ts';
import { ScriptError } from '../language/source.ts';
import type { Run } from '../run-state.ts';
import { readMailboxName, readSpecialUse } from './filing.ts';

/** Questions to the mailbox in one run. */
const MOST_QUESTIONS = 200;

function countQuestion(run: Run): void {
  if (run.questions++ >= MOST_QUESTIONS)
    throw new ScriptError(
      `found more than ${MOST_QUESTIONS} questions to the mailbox in one run; expected at most ${MOST_QUESTIONS}`,
    );
}

const DAY = 86_400;
/** RFC 7352 3.3: without :seconds; and the longest. */
const DEFAULT_SECONDS = 7 * DAY;
const MOST_SECONDS = 365 * DAY;
const MOST_ID_LENGTH = 4096;

export const mailboxes: Extension = {
  tests: [
    {
      name: 'mailboxexists',
      capabilities: ['mailbox'],
      signature: { positional: [{ name: 'the list of folders', type: 'strings' }] },
      check: (call) => {
        const names = call.texts('the list of folders') ?? [];
        return test(async (run) => {
          for (const name of names) {
            countQuestion(run);
            if (!(await run.environment.mailbox.exists(name.valueIn(run)))) return false;
          }
          return true;
        });
      },
    },
    {
      name: 'specialuse_exists',
      capabilities: ['special-use'],
      signature: {
        positional: [
          { name: 'the folder', type: 'string', isOptional: true },
          { name: 'the list of special uses', type: 'strings' },
        ],
      },
      check: (call, checking) => {
        const folder = call.text('the folder');
        const name = folder && readMailboxName(folder, checking);
        const uses = (call.texts('the list of special uses') ?? []).map((text) =>
          readSpecialUse(text, checking),
        );
        return test(async (run) => {
          for (const use of uses) {
            countQuestion(run);
            const found = await run.environment.mailbox.findSpecialUse(use(run)!);
            if (found === undefined || (name !== undefined && found !== name(run))) return false;
          }
          return true;
        });
      },
    },
    {
      name: 'duplicate',
      capabilities: ['duplicate'],
      signature: {
        tags: [
          { name: 'handle', value: 'string' },
          { name: 'header', value: 'string', group: 'id' },
          { name: 'uniqueid', value: 'string', group: 'id' },
          { name: 'seconds', value: 'number' },
          { name: 'last' },
        ],
      },
      check: (call) => {
        const header = call.text('header');
        const seconds = Math.min(call.number('seconds') ?? DEFAULT_SECONDS, MOST_SECONDS);
        return test(async (run) => {
          const handle = call.text('handle')?.valueIn(run) ?? '';
          const id =
            call.text('uniqueid')?.valueIn(run) ??
            run.letter.header.named(header?.valueIn(run) ?? 'message-id')[0]?.text ??
            '';
          // RFC 7352 3: a letter without an id is no duplicate, and none of it is kept in mind.
          if (id === '') return false;
          countQuestion(run);
          return run.environment.mailbox.isDuplicate(
            handle.slice(0, MOST_ID_LENGTH),
            id.slice(0, MOST_ID_LENGTH),
            seconds,
            call.has('last'),
          );
        });
      },
    },
  ],
};
