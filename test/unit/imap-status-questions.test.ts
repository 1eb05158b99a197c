// Many sessions that ask for the STATUS of a folder at once: one question, and never an answer older than what was heard.
import assert from 'node:assert/strict';
import test from 'node:test';
import { StatusQuestions } from '../../server/imap/status-questions.ts';
import type { FolderStatus } from '../../server/mailbox/uid-types.ts';

function createQuestions(): {
  readonly questions: StatusQuestions;
  readonly asked: PromiseWithResolvers<FolderStatus | undefined>[];
} {
  const asked: PromiseWithResolvers<FolderStatus | undefined>[] = [];
  const status = (): Promise<FolderStatus | undefined> => {
    const question = Promise.withResolvers<FolderStatus | undefined>();
    asked.push(question);
    return question.promise;
  };
  return { questions: new StatusQuestions({ status }), asked };
}

const statusWith = (messages: number): FolderStatus => ({ messages }) as FolderStatus;

test('questions at the same time share one answer; a later one is put anew', async () => {
  const { questions, asked } = createQuestions();
  const answers = [questions.ask('A'), questions.ask('A'), questions.ask('B')];
  assert.equal(asked.length, 2);
  asked[0]?.resolve(statusWith(1));
  asked[1]?.resolve(undefined);
  assert.deepEqual(await Promise.all(answers), [statusWith(1), statusWith(1), undefined]);
  void questions.ask('A');
  assert.equal(asked.length, 3);
});

test('after a change the answer that is under way is too old, and is not taken for the newer one', async () => {
  const { questions, asked } = createQuestions();
  const before = questions.ask('A');
  questions.changed('A');
  const after = [questions.ask('A'), questions.ask('A')];
  assert.equal(asked.length, 2);
  asked[0]?.resolve(statusWith(1));
  assert.deepEqual(await before, statusWith(1));
  // The older one ended: the newer one is still shared.
  const late = questions.ask('A');
  assert.equal(asked.length, 2);
  asked[1]?.resolve(statusWith(2));
  assert.deepEqual(await Promise.all([...after, late]), [statusWith(2), statusWith(2), statusWith(2)]);
});

test('an error is everybody’s who asked, and the next one asks again', async () => {
  const { questions, asked } = createQuestions();
  const answers = [questions.ask('A'), questions.ask('A')];
  asked[0]?.reject(new Error('disk'));
  for (const answer of answers) await assert.rejects(answer, /disk/);
  void questions.ask('A');
  assert.equal(asked.length, 2);
});
