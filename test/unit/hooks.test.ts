// What programs around delivery say and mean, without running one: reports of qmail-local and qmail-remote
// (spec/qmail.md 1.4), lines of control/filterargs (spawn-filter), the variables of filters.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { findFilterRule, parseFilterRule } from '../../mta/control/filter-rules.ts';
import { judgeFilter, makeFilterEnvironment } from '../../mta/hooks/filter.ts';
import { reportOfLocal, reportOfRemote } from '../../mta/hooks/reports.ts';
import { chooseSiteVariables } from '../../mta/hooks/variables.ts';
import type { ProgramEnd } from '../../mta/programs.ts';

const exited = (code: number, output = ''): ProgramEnd => ({
  kind: 'exited',
  code,
  output: Buffer.from(output),
});
const nothing = Buffer.alloc(0);

describe('the report of a program in place of qmail-remote', () => {
  for (const [output, expected] of [
    ['r\0K192.0.2.1 accepted message.\n\0', 'K192.0.2.1 accepted message.'],
    ['r\0Zlater\n\0', 'Zlater'],
    ['r\0Dnever\n\0', 'Dnever'],
    ['hno such user\n\0DGiving up.\n\0', 'Dno such user\nGiving up.'],
    ['hno such user\n\0Kaccepted\n\0', 'Dno such user'],
    ['hno such user\n\0Zlater\n\0', 'Dno such user'],
    ['sgreylisted\n\0Kaccepted\n\0', 'Zgreylisted'],
    ['sgreylisted\n\0DGiving up.\n\0', 'Zgreylisted\nGiving up.'],
    ['sgreylisted\n\0ZGiving up.\n\0', 'Zgreylisted\nGiving up.'],
    ['Kdirect\n\0', 'Kdirect'],
    ['Zdirect\n\0', 'Zdirect'],
    ['Ddirect\n\0', 'Ddirect'],
    ['r\0Kfirst\0Dsecond\0', 'Kfirst'],
  ] as const)
    it(`${JSON.stringify(output)} is ${JSON.stringify(expected)}`, () => {
      const { code, text } = reportOfRemote(exited(0, output));
      assert.equal(code + text, expected);
    });

  it('that is not whole puts the mail off, where qmail would bounce it', () => {
    for (const output of ['Kno end', 'r\0', 'r', 'x\0Kok\0', '\0Kok\0', 'hello\n'])
      assert.deepEqual(
        reportOfRemote(exited(0, output)),
        { code: 'Z', text: 'qmail-remote produced a report that cannot be read. (#4.3.0)' },
        JSON.stringify(output),
      );
  });

  it('is that of qmail-rspawn when there is none', () => {
    for (const [end, expected] of [
      [exited(0), 'Zqmail-remote produced no output.'],
      [exited(111, 'K\0'), 'ZUnable to run qmail-remote.'],
      [exited(1), 'DUnable to run qmail-remote.'],
      [{ kind: 'crashed', output: nothing }, 'Zqmail-remote crashed.'],
      [{ kind: 'not run', error: new Error('x') }, 'ZUnable to run qmail-remote.'],
      [
        { kind: 'timed out', seconds: 9, output: nothing },
        'Zqmail-remote was ended after 9 seconds. (#4.3.0)',
      ],
      [{ kind: 'stopped', output: nothing }, 'ZThe mail system is stopping. (#4.3.2)'],
    ] as const) {
      const { code, text } = reportOfRemote(end);
      assert.equal(code + text, expected);
    }
  });
});

describe('the report of a program in place of qmail-local', () => {
  for (const [end, expected] of [
    [exited(0, 'did 1+0+0\n'), 'Kdid 1+0+0'],
    [exited(0, 'said\0hidden'), 'Ksaid'],
    [exited(111, 'later\n'), 'Zlater'],
    [exited(71), 'Z'],
    [exited(74), 'Z'],
    [exited(75), 'Z'],
    [exited(100, 'never\n'), 'Dnever'],
    [exited(1, 'over quota\n'), 'Dover quota'],
    [exited(112), 'ZInternal qmail-lspawn bug.'],
    [exited(115), 'ZNFS failure in qmail-local.'],
    [exited(116), 'ZUnable to find alias user!'],
    [exited(120), 'ZUnable to run qmail-local.'],
    [exited(126), 'DUnable to run qmail-local.'],
    [{ kind: 'crashed', output: Buffer.from('x') }, 'Zqmail-local crashed.'],
    [{ kind: 'not run', error: new Error('x') }, 'ZUnable to run qmail-local.'],
  ] as const)
    it(`${JSON.stringify(end)} is ${JSON.stringify(expected)}`, () => {
      const { code, text } = reportOfLocal(end);
      assert.equal(code + text, expected);
    });
});

describe('a line of control/filterargs', () => {
  const rules = [
    'a.example:remote:bin/sign --key %:KEY=/k,HOME=',
    '*.example:local:bin/scan',
    '*.example:/bin/both a b',
    '?.test:one',
    '*:rest:X=1',
  ].map((line) => parseFilterRule(line, true)!);
  const find = (domain: string, channel: 'local' | 'remote') =>
    findFilterRule(rules, domain, channel)?.command;

  it('is found by its domain and channel; the first that fits counts', () => {
    assert.equal(find('A.Example', 'remote'), 'bin/sign --key %');
    assert.equal(find('a.example', 'local'), 'bin/scan');
    assert.equal(find('b.example', 'remote'), '/bin/both a b');
    assert.equal(find('x.test', 'local'), 'one');
    assert.equal(find('xy.test', 'local'), 'rest');
    assert.equal(find('', 'local'), 'rest');
    assert.equal(findFilterRule(rules.slice(0, 2), 'other.test', 'local'), undefined);
  });

  it('has variables after its command', () => {
    assert.deepEqual(rules[0]?.variables, [
      ['KEY', '/k'],
      ['HOME', ''],
    ]);
    assert.deepEqual(parseFilterRule('d:c:A=b c,,B=x=y', true)?.variables, [
      ['A', 'b c'],
      ['B', 'x=y'],
    ]);
  });

  it('that is none is refused', () => {
    for (const line of ['', 'd', 'd:', ':c', 'd:local:', 'd: ', 'd:c:nonsense', 'd:c:1=x', 'd:c:A=b:'])
      assert.equal(parseFilterRule(line, true)?.command, line === 'd:c:A=b:' ? 'c' : undefined, line);
    assert.equal(parseFilterRule('d:local:x', false), undefined, 'of qfilters, which has no channels');
  });

  it('with many stars is matched in little time', () => {
    const rule = parseFilterRule(`${'*a'.repeat(100)}b:x`, true)!;
    const start = performance.now();
    assert.equal(findFilterRule([rule], 'a'.repeat(20_000), 'local'), undefined);
    assert.ok(performance.now() - start < 2000);
  });
});

describe('a filter', () => {
  const rule = parseFilterRule('d:/opt/scan secret:SCAN=1,PATH=', true)!;

  it('sees the addresses in variables, those of its line last', () => {
    const env = makeFilterEnvironment({
      rule,
      channel: 'remote',
      domain: 'our.test',
      sender: 'joe@our.test',
      recipient: 'a;b@far.test\0x',
      ext: '',
      directory: '/',
      variables: { PATH: '/bin', TZ: 'UTC' },
      timeout: 1,
    });
    assert.deepEqual(env, {
      TZ: 'UTC',
      DOMAIN: 'our.test',
      _EXT: '',
      _SENDER: 'joe@our.test',
      _RECIPIENT: 'a;b@far.test',
      QMAILREMOTE: 'spawn-filter',
      SCAN: '1',
    });
  });

  it('decides by its exit code, and its words are not told to strangers', () => {
    assert.equal(judgeFilter(exited(0), rule), undefined);
    assert.deepEqual(judgeFilter(exited(2), rule), { code: 'K', text: 'blackholed /opt/scan' });
    assert.deepEqual(judgeFilter(exited(100), rule), {
      code: 'D',
      text: 'Mail Rejected by /opt/scan (#5.7.1)',
    });
    assert.deepEqual(judgeFilter(exited(111, 'no daemon\n'), rule), {
      code: 'Z',
      text: '/opt/scan: (spawn-filter) exit code: 111: no daemon. (#4.3.0)',
    });
    assert.equal(judgeFilter(exited(1), rule)?.code, 'Z');
    assert.equal(judgeFilter({ kind: 'crashed', output: nothing }, rule)?.code, 'Z');
  });
});

describe('the variables of a site', () => {
  it('are PATH and the way to it, and what somebody named', () => {
    const home = { home: '/h', qmail: '/q', vpopmail: '/v', state: '/s', run: '/r' };
    const named = new Map([
      ['TZ', undefined],
      ['GONE', undefined],
      ['A', 'b'],
      ['PATH', '/x'],
    ]);
    assert.deepEqual(chooseSiteVariables(home, { TZ: 'UTC', SECRET: '1', PATH: '/usr/bin' }, named), {
      TZ: 'UTC',
      A: 'b',
      PATH: '/q/bin:/usr/bin',
      FACTEUR_HOME: '/h',
      FACTEUR_QMAIL: '/q',
      FACTEUR_VPOPMAIL: '/v',
      FACTEUR_STATE: '/s',
    });
  });
});
