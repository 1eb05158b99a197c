// The canonical forms of a body (RFC 6376 3.4.3, 3.4.4): the examples of the RFC, and the same bytes as mailauth's own forms
// for bodies of odd blanks and lines, wherever the pieces are cut.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';
import { describe, test } from 'node:test';
import { keepBody, relaxBody } from '../../mta/trust/canonical.ts';

const { dkimBody } = createRequire(import.meta.url)('mailauth/lib/dkim/body/index.js') as {
  dkimBody(
    form: string,
    algorithm: string,
  ): { update(bytes: Buffer): void; digest(encoding: string): string };
};
const forms = { relaxed: relaxBody, simple: keepBody };

function canonical(form: keyof typeof forms, body: string, cut = body.length): string {
  const parts: string[] = [];
  const made = forms[form]((bytes) => parts.push(bytes.toString('latin1')));
  for (let at = 0; at < body.length; at += cut) made.update(Buffer.from(body.slice(at, at + cut), 'latin1'));
  made.end();
  return parts.join('');
}

/** Numbers that are the same in every run. */
function* numbers(seed: number): Generator<number> {
  for (let state = seed; ; ) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    yield state >>> 8;
  }
}

describe('the canonical form of a body', () => {
  test('the example of RFC 6376 3.4.5', () => {
    const body = ' C \nD \t E\n\n\n';
    assert.equal(canonical('relaxed', body), ' C\r\nD E\r\n');
    assert.equal(canonical('simple', body), ' C \r\nD \t E\r\n');
  });

  test('an empty body is nothing, or one line end', () => {
    for (const body of ['', '\n', '\n\n\n']) {
      assert.equal(canonical('relaxed', body), '');
      assert.equal(canonical('simple', body), '\r\n');
    }
  });

  test('is the same as the library’s, however the body is cut', () => {
    const pieces = ['a', ' ', '\t', '\n', '\n\n', ' \n', 'word', '\n \n', 'é', '.', '='];
    for (let seed = 1; seed <= 150; seed++) {
      const random = numbers(seed);
      let body = '';
      for (let length = random.next().value! % 60; length > 0; length--)
        body += pieces[random.next().value! % pieces.length];
      for (const form of ['relaxed', 'simple'] as const) {
        const theirs = dkimBody(form, 'sha256');
        theirs.update(Buffer.from(body.replaceAll('\n', '\r\n'), 'latin1'));
        const expected = theirs.digest('base64');
        for (const cut of [1, 2, 7, 1000]) {
          const ours = createHash('sha256')
            .update(canonical(form, body, cut), 'latin1')
            .digest('base64');
          assert.equal(ours, expected, `${form} ${cut} ${JSON.stringify(body)}`);
        }
      }
    }
  });

  test('takes time that grows with the body, whatever its lines are', () => {
    for (const form of ['relaxed', 'simple'] as const)
      for (const text of ['x', '\n', ' ', ' \n', '\t x\n']) {
        const chunk = Buffer.from(text.repeat(65_536 / text.length));
        const begun = performance.now();
        const made = forms[form](() => undefined);
        for (let each = 0; each < 64; each++) made.update(chunk);
        made.end();
        assert.ok(performance.now() - begun < 8000, `${form} ${JSON.stringify(text)}`);
      }
  });
});
