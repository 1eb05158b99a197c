// vpopmail's password policy: the file, the judgement of one password, and vpopmail's words for it.
import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { VpopmailError } from '../../mta/accounts/errors.ts';
import {
  checkNewPassword,
  judgePassword,
  parsePasswordPolicy,
  passwordPolicyPath,
} from '../../mta/accounts/password-policy.ts';
import { makeEmptyHome } from '../support/accounts.ts';

const strong = `# the strongest of vpopmail's own examples
Policy = Upper and lower case, numbers, punctuation, eight characters
Alphabet < 0.84
UpperLower\t<  0.51 # comment
Numeric > 0.08
Other >= 0.04
Length > 7
`;

const judge = (conf: string, password: string): number =>
  judgePassword(password, parsePasswordPolicy(conf, 'conf')!)?.code ?? 0;

test("each rule of vpopmail's strongest example is tested, in vpopmail's order", () => {
  for (const [password, code] of [
    ['aB3.aB3.', 0],
    ['aB3.', -70],
    ['aaaaBBBBcc', -71],
    ['aBcDe.fG,H', -72],
    ['aBcD12345', -73],
    ['abcd1234.', -74],
    // No letters: their diversity is no number, and fits no rule.
    ['12345678.', -74],
    // vpopmail takes [ \ ] ^ _ and the backquote for lower case letters; they are not.
    ['____1234', -74],
  ] as const)
    assert.equal(judge(strong, password), code, password);
});

test('a length counts bytes, and each test means what its sign says', () => {
  const with_ = (rule: string): string => `Policy = x\n${rule}\n`;
  for (const [rule, password, code] of [
    ['Length = 3', 'abc', 0],
    ['Length = 3', 'abcd', -70],
    ['length <= 3', 'abcd', -70],
    ['LENGTH < 3', 'abc', -70],
    ['Length >= 2', 'é', 0],
    ['Length > 2', 'é', -70],
    ['Numeric = 1.00', '12345', 0],
    ['Numeric = 1.00', '1234x', -72],
    ['Other > 0', 'é', 0],
    ['Alphabet >= .5', 'a1', 0],
  ] as const)
    assert.equal(judge(with_(rule), password), code, `${rule} ${password}`);
});

test("a refusal has vpopmail's words", () => {
  for (const [rule, words] of [
    ['Length > 7', 'password requires more characters'],
    ['Length < 1', 'password should have less characters'],
    ['Length = 9', 'password must always be 9 characters long'],
    ['Alphabet < 0.1', 'password should have less alphabetical characters'],
    ['Numeric = 1', 'password can only be numbers'],
    ['Other >= 0.5', 'password requires more punctuation, symbols, or other characters'],
    ['UpperLower < 0.5', 'password requires more uppercase and lowercase character diversity'],
  ] as const) {
    const policy = parsePasswordPolicy(`Policy = x\n${rule}`, 'conf')!;
    assert.equal(judgePassword('abc', policy)?.words, words);
  }
});

test('without the line Policy there is no policy; a wrong line is named', () => {
  assert.equal(parsePasswordPolicy('Length > 7\n', 'conf'), undefined);
  assert.equal(parsePasswordPolicy('', 'conf'), undefined);
  for (const [line, words] of [
    ['Length', /conf:2: "Length" is wrong; expected a name, a test and a value/],
    ['Size > 7', /conf:2: "Size" is wrong; expected Policy, Length,/],
    ['Length ~ 7', /conf:2: "~" is wrong; expected one of/],
    ['Length > many', /conf:2: "many" is wrong; expected a number/],
  ] as const)
    assert.throws(() => parsePasswordPolicy(`Policy = x\n${line}\n`, 'conf'), words);
});

test('people choose at least ten characters that are more than their name, under any policy', async () => {
  const { home, remove } = await makeEmptyHome();
  try {
    const check = async (password: string, by: 'person' | 'machine' = 'person'): Promise<number> => {
      try {
        await checkNewPassword(home, 'annabell', password, by);
        return 0;
      } catch (error) {
        assert.ok(error instanceof VpopmailError, String(error));
        return error.code;
      }
    };
    assert.equal(await check('short', 'machine'), 0);
    assert.equal(await check('short'), -70);
    assert.equal(await check('correct horse'), 0);
    assert.equal(await check('Annabell123'), -69);
    assert.equal(await check('aaaaaaaaaaaaa'), -69);
    assert.equal(await check('', 'machine'), -69);
    assert.equal(await check('x'.repeat(129)), -27);
    assert.equal(await check('two\nlines of it'), -20);
    await mkdir(join(home.vpopmail, 'etc'), { recursive: true });
    await writeFile(passwordPolicyPath(home), strong);
    assert.equal(await check('short', 'machine'), -70);
    assert.equal(await check('correct horse'), -71);
    assert.equal(await check('Corr5ct 7 HORSES'), 0);
    await writeFile(passwordPolicyPath(home), 'Policy = x\nLength > y\n');
    await assert.rejects(checkNewPassword(home, 'ann', 'correct horse'), /password_strength\.conf:2/);
  } finally {
    await remove();
  }
});
