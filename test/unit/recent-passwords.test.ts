// Passwords that were right a moment ago need no hash again.
import assert from 'node:assert/strict';
import test from 'node:test';
import { createRecentPasswords } from '../../mta/accounts/recent-passwords.ts';

test('a good password is known for a few minutes, for its account and its stored hash alone', () => {
  let now = 0;
  const recent = createRecentPasswords(() => now);
  recent.note('a@b', 'secret', '$6$x');
  assert.equal(recent.knows('a@b', 'secret', '$6$x'), true);
  assert.equal(recent.knows('a@b', 'Secret', '$6$x'), false);
  assert.equal(recent.knows('a@c', 'secret', '$6$x'), false);
  assert.equal(recent.knows('a@bs', 'ecret', '$6$x'), false);
  // The password was changed.
  assert.equal(recent.knows('a@b', 'secret', '$6$y'), false);
  now = 5 * 60_000;
  assert.equal(recent.knows('a@b', 'secret', '$6$x'), false);
});
