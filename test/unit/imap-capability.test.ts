// What the server says it can do, and what the administrator's guide says of that.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import test from 'node:test';
import { capabilityWords } from '../../server/imap/capability.ts';

test('the guide names every extension that a client is told of, and no other', async () => {
  const guide = await readFile(new URL('../../docs/admin-guide.md', import.meta.url), 'utf8');
  const list = /IMAP4rev1 and IMAP4rev2 with these extensions:\n\n([^\n]*)\n/.exec(guide)?.[1] ?? '';
  const facts = {
    canStartTls: true,
    mayLogin: true,
    canCompress: true,
    mechanisms: ['PLAIN'],
    appendLimit: 1,
  };
  const words = [true, false].flatMap((isSignedIn) =>
    capabilityWords({ ...facts, isSignedIn })
      .split(' ')
      .filter((word) => !/^(?:IMAP4rev|AUTH=)/.test(word))
      .map((word) => word.replace(/^APPENDLIMIT=.*/, 'APPENDLIMIT')),
  );
  assert.deepEqual(
    list.replace(/\.$/, '').split(', '),
    [...new Set(words)].sort((one, other) => (one < other ? -1 : 1)),
  );
});
