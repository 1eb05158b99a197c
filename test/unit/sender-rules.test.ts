// What the site makes of what was found out about a sender, and what is written of it: tables.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { definitions } from '../../mta/control/definitions.ts';
import { ControlError } from '../../mta/control/reading.ts';
import { removeForgedFields } from '../../mta/trust/own-fields.ts';
import { isSameHouse, readPublished } from '../../mta/trust/sender-dmarc.ts';
import { hideSignatures, saysDmarcPass } from '../../mta/trust/sender-examine.ts';
import type { DmarcFacts, SenderFacts, SpfFacts } from '../../mta/trust/sender-facts.ts';
import { renderReceivedSpf, renderResults } from '../../mta/trust/sender-fields.ts';
import { findTrustedSealer, judgeSender, resultsOf } from '../../mta/trust/sender-rules.ts';
import { senderRules } from '../support/senders.ts';

const letter = { ip: '192.0.2.1', helo: 'mail.a.example', sender: 'ann@a.example' };
const spf = (result: SpfFacts['result'], more: Partial<SpfFacts> = {}): SpfFacts => ({
  result,
  domain: 'a.example',
  scope: 'mfrom',
  explanation: '',
  local: undefined,
  ...more,
});
const published = (more: object = {}) => ({
  ...readPublished('a.example', 'v=DMARC1; p=reject', { p: 'reject', sp: undefined, isTesting: false }),
  ...more,
});
const dmarc = (result: DmarcFacts['result'], more: Partial<DmarcFacts> = {}): DmarcFacts => ({
  result,
  domain: 'a.example',
  published: published(),
  policy: 'reject',
  dkimAligned: false,
  spfAligned: false,
  reason: '',
  ...more,
});
const facts = (more: Partial<SenderFacts>): SenderFacts => ({
  spf: undefined,
  dkim: undefined,
  unseenSignatures: 0,
  arc: undefined,
  dmarc: undefined,
  ...more,
});
const signature = {
  domain: 'a.example',
  selector: 's',
  result: 'pass',
  algorithm: 'rsa-sha256',
  bits: 2048,
  mark: 'AbC/+=12',
  reason: '',
} as const;

describe('spfbehavior', () => {
  test('refuses from the number on that the patched qmails have for a result', () => {
    const measures = (result: SpfFacts['result']) =>
      [0, 1, 2, 3, 4, 5, 6]
        .map((spfbehavior) => {
          const rules = { ...senderRules, spfbehavior };
          const [finding] = judgeSender(letter, facts({ spf: spf(result) }), rules, 0).findings;
          return { reject: 'R', defer: 'D', junk: 'J', none: '-' }[finding?.measure ?? 'none'];
        })
        .join('');
    assert.equal(measures('pass'), '-------');
    assert.equal(measures('temperror'), '--DDDDD');
    assert.equal(measures('fail'), '---RRRR');
    assert.equal(measures('softfail'), '----RRR');
    assert.equal(measures('neutral'), '-----RR');
    assert.equal(measures('none'), '------R');
    assert.equal(measures('permerror'), '------R');
  });

  test('says why in the words of the domain, of spfexp, or its own, on one line', () => {
    const reply = (explanation: string, spfexp = '') =>
      judgeSender(
        { ...letter, sender: 'é\r\n"x@a.example' },
        facts({ spf: spf('fail', { explanation }) }),
        { ...senderRules, spfbehavior: 3, spfexp },
        0,
      ).findings[0]?.reply;
    assert.equal(
      reply(''),
      '550 5.7.23 192.0.2.1 is not a sender that a.example names (SPF: fail) (#5.7.23)',
    );
    assert.equal(
      reply('', 'see us, %{s} of %{d} at %{i}'),
      '550 5.7.23 see us, ???"x@a.example of a.example at 192.0.2.1 (#5.7.23)',
    );
    assert.equal(reply('go away', 'see us'), '550 5.7.23 go away (#5.7.23)');
    assert.ok((reply('x'.repeat(5000)) ?? '').length <= 450);
  });

  test('does not refuse or punish what passes DMARC: a forwarded letter fails SPF and is genuine', () => {
    const { findings } = judgeSender(
      letter,
      facts({ spf: spf('fail'), dkim: [signature], dmarc: dmarc('pass', { dkimAligned: true }) }),
      { ...senderRules, spfbehavior: 6 },
      0,
    );
    assert.deepEqual(
      findings.map(({ check, score, measure }) => [check, score, measure]),
      [
        ['spf', 0, undefined],
        ['dkim', 0, undefined],
        ['dmarc', -0.5, undefined],
      ],
    );
  });

  test('goes by spfrules and spfguess, which nothing else does', () => {
    const judged = judgeSender(
      letter,
      facts({ spf: spf('fail', { local: 'pass' }), dmarc: dmarc('fail') }),
      { ...senderRules, spfbehavior: 3 },
      0,
    );
    assert.deepEqual(
      judged.findings.map(({ check, result, measure }) => [check, result, measure]),
      [
        ['spf', 'pass', undefined],
        ['dmarc', 'fail', 'reject'],
      ],
    );
    assert.match(
      renderResults('me.example', facts({ spf: spf('fail', { local: 'pass' }) }), judged),
      /spf=fail/,
    );
  });
});

describe('DMARC', () => {
  const judge = (more: Partial<DmarcFacts>, rules: object = {}, random = 0, arc?: SenderFacts['arc']) =>
    judgeSender(letter, facts({ dmarc: dmarc('fail', more), arc }), { ...senderRules, ...rules }, random);

  test('obeys, softens or only notes a policy, and says in the report what it did', () => {
    const rows = (['none', 'quarantine', 'reject'] as const).flatMap((policy) =>
      (['tag', 'junk', 'reject'] as const).map((dmarcbehavior) => {
        const { findings, disposition, overrides } = judge({ policy }, { dmarcbehavior });
        return [policy, dmarcbehavior, findings[0]?.measure, disposition, overrides[0]?.type].join(' ');
      }),
    );
    assert.deepEqual(rows, [
      'none tag  none ',
      'none junk  none ',
      'none reject  none ',
      'quarantine tag  none local_policy',
      'quarantine junk junk quarantine ',
      'quarantine reject junk quarantine ',
      'reject tag  none local_policy',
      'reject junk junk quarantine local_policy',
      'reject reject reject reject ',
    ]);
  });

  test('leaves those that pct spares to the next weaker policy (RFC 7489 6.6.4)', () => {
    const sampled = (policy: 'quarantine' | 'reject', random: number) => {
      const { disposition, overrides } = judge({ policy, published: published({ pct: 25 }) }, {}, random);
      return [disposition, overrides[0]?.type];
    };
    assert.deepEqual(sampled('reject', 0.24), ['reject', undefined]);
    assert.deepEqual(sampled('reject', 0.25), ['quarantine', 'sampled_out']);
    assert.deepEqual(sampled('quarantine', 0.25), ['none', 'sampled_out']);
    assert.equal(judge({ published: published({ pct: 0 }) }, {}, 0).disposition, 'quarantine');
    assert.equal(judge({}, {}, 0.999).disposition, 'reject');
  });

  test('is softened by a trusted sealer who says that it passed there, and by a forwarder of our own', () => {
    const chain = (...sets: [string, boolean][]) => ({
      result: 'pass' as const,
      reason: '',
      sets: sets.map(([domain, saysDmarcPass]) => ({ domain, saysDmarcPass })),
    });
    const sealer = (arc: SenderFacts['arc'], ...trusted: string[]) =>
      findTrustedSealer(arc, new Set(trusted));
    assert.equal(sealer(chain(['list.example', true]), 'list.example'), 'list.example');
    assert.equal(sealer(chain(['list.example', true])), '', 'not trusted');
    assert.equal(sealer(chain(['list.example', false]), 'list.example'), '', 'it failed there too');
    assert.equal(
      sealer(chain(['list.example', true], ['hop.example', false]), 'list.example', 'hop.example'),
      'list.example',
    );
    assert.equal(sealer(chain(['list.example', true], ['evil.example', true]), 'list.example'), '');
    assert.equal(sealer({ result: 'fail', reason: '', sets: [] }, 'list.example'), '');
    const softened = judge({}, { arctrusted: new Set(['list.example']) }, 0, chain(['list.example', true]));
    assert.equal(softened.disposition, 'none');
    assert.deepEqual(softened.overrides, [{ type: 'trusted_forwarder', comment: 'arc=pass d=list.example' }]);
    const own = judge({}, { spfignore: { clients: ['192.0.2.0/24'], domains: new Set() } });
    assert.equal(own.disposition, 'none');
    assert.equal(own.overrides[0]?.type, 'trusted_forwarder');
  });

  test('an error of the DNS, or a domain without a policy, costs nothing', () => {
    for (const result of ['temperror', 'none'] as const) {
      const { findings, disposition } = judgeSender(letter, facts({ dmarc: dmarc(result) }), senderRules, 0);
      assert.deepEqual([findings[0]?.score, findings[0]?.measure, disposition], [0, undefined, 'none']);
    }
  });

  test('points are those of senderscores where it names them', () => {
    const senderscores = new Map([['dmarc-reject', 7.5]]);
    assert.equal(judge({}, { senderscores }).findings[0]?.score, 7.5);
    assert.equal(judge({}).findings[0]?.score, 4);
  });

  test('a report row says what was published, found and done; nothing is recorded that a report cannot say', () => {
    const found = facts({ spf: spf('fail'), dkim: [signature], dmarc: dmarc('fail') });
    const judged = judgeSender(letter, found, senderRules, 0);
    const row = resultsOf({ ...letter, time: 1 }, found, judged);
    assert.deepEqual(row, {
      time: 1,
      ip: '192.0.2.1',
      headerFrom: 'a.example',
      envelopeFrom: 'a.example',
      published: published(),
      disposition: 'reject',
      reasons: [],
      dkimAligned: false,
      spfAligned: false,
      dkim: [{ domain: 'a.example', selector: 's', result: 'pass' }],
      spf: { domain: 'a.example', scope: 'mfrom', result: 'fail' },
    });
    for (const more of [{ published: undefined }, { domain: '' }, { result: 'temperror' as const }])
      assert.equal(
        resultsOf({ ...letter, time: 1 }, facts({ dmarc: dmarc('fail', more) }), judged),
        undefined,
      );
  });

  test('reads what a record publishes, also where it is wrong', () => {
    const read = (record: string) =>
      readPublished('a.example', record, { p: 'none', sp: undefined, isTesting: false });
    assert.equal(read('v=DMARC1; p=none; pct=30').pct, 30);
    assert.equal(read('v=DMARC1; p=none; pct=3000').pct, 100);
    assert.equal(read('v=DMARC1; p=none; pct=x').pct, 100);
    assert.deepEqual(read('v=DMARC1;p=none;rua=mailto:a@a.example!10m , mailto:b@b.example,nonsense').rua, [
      'mailto:a@a.example!10m',
      'mailto:b@b.example',
    ]);
    const strict = read('v=DMARC1; p=none; ADKIM = S; aspf=s; fo=1:d:s');
    assert.deepEqual([strict.adkim, strict.aspf, strict.fo], ['s', 's', '1:d:s']);
    assert.equal(read(`v=DMARC1; rua=${'mailto:a@a.example,'.repeat(1000)}`).rua.length, 10);
  });

  test('neighbours under one public suffix are of different houses', () => {
    assert.equal(isSameHouse('a.co.uk', 'mail.a.co.uk'), true);
    assert.equal(isSameHouse('a.co.uk', 'b.co.uk'), false);
    assert.equal(isSameHouse('a.github.io', 'b.github.io'), false);
    assert.equal(isSameHouse('x.gov.uk', 'y.gov.uk'), false);
    assert.equal(isSameHouse('a.example', ''), false);
  });
});

describe('ARC-Authentication-Results', () => {
  test('is believed for the author that it names, and not in a comment', () => {
    for (const [field, says] of [
      ['ARC-Authentication-Results: i=1; l.example; dmarc=pass header.from=a.example', true],
      ['ARC-Authentication-Results: i=1; l.example;\r\n dmarc=pass (p=none)\r\n header.from=A.example', true],
      ['ARC-Authentication-Results: i=1; l.example; dmarc=pass', true],
      ['ARC-Authentication-Results: i=1; l.example; dmarc=pass header.from=b.example', false],
      ['ARC-Authentication-Results: i=1; l.example; dmarc=fail header.from=a.example', false],
      ['ARC-Authentication-Results: i=1; l.example (; dmarc=pass header.from=a.example )', false],
      ['ARC-Authentication-Results: i=1; l.example; dmarc=passing', false],
    ] as const)
      assert.equal(saysDmarcPass(field, 'a.example'), says, field);
  });
});

describe('what is written on top', () => {
  const lines = (text: string) => text.split('\n');
  const judgement = { findings: [], disposition: 'none' as const, overrides: [] };

  test('one field in our name, one result a line, an unsigned letter said to be so', () => {
    const found = facts({ spf: spf('softfail'), dkim: [], dmarc: dmarc('none', { published: undefined }) });
    assert.deepEqual(lines(renderResults('mx.ours.example', found, judgement)), [
      'Authentication-Results: mx.ours.example;',
      '\tspf=softfail smtp.mailfrom=a.example;',
      '\tdkim=none;',
      '\tdmarc=none header.from=a.example',
      '',
    ]);
    assert.equal(
      renderResults('mx.ours.example', facts({}), judgement),
      'Authentication-Results: mx.ours.example;\n\tnone\n',
    );
  });

  test('nothing that a stranger chose breaks a line, a comment or a result', () => {
    const evil = 'a"b\\c;) x=y\r\nEvil: field\0é(';
    const found = facts({
      spf: spf('fail', { domain: evil }),
      dkim: [
        {
          ...signature,
          result: 'fail',
          domain: evil,
          selector: evil,
          algorithm: evil,
          mark: evil,
          reason: evil,
        },
      ],
      arc: { result: 'fail', reason: evil, sets: [] },
      dmarc: dmarc('fail', { domain: evil, reason: evil }),
    });
    const fields =
      renderResults('mx.ours.example', found, judgement) +
      renderReceivedSpf(
        'mx.ours.example',
        { ip: '192.0.2.1', helo: evil, sender: `${evil}@a.example` },
        spf('fail', { domain: evil }),
      );
    for (const line of lines(fields.slice(0, -1))) {
      assert.match(line, /^(?:Authentication-Results: |Received-SPF: |\t)[\x20-\x7e]*$/);
      assert.ok(line.length < 998);
      // Outside quotes every parenthesis is closed again and no quote is left open.
      const bare = line.replace(/"(?:[^"\\]|\\.)*"/g, '').replace(/\([^()]*\)/g, '');
      assert.doesNotMatch(bare, /["()\\]/, line);
    }
    const results = renderResults('mx.ours.example', found, judgement);
    assert.equal(results.match(/;/g)?.length, 4, 'for readers that know no quotes too');
  });

  test('long values are cut below the length of a line', () => {
    const long = 'x'.repeat(5000);
    const field = renderReceivedSpf(
      'me.example',
      { ip: '192.0.2.1', helo: long, sender: long },
      spf('pass', { domain: long }),
    );
    assert.ok(Math.max(...lines(field).map((line) => line.length)) < 998);
  });
});

describe('forged fields', () => {
  const clean = (header: string, me = 'mx.ours.example') =>
    removeForgedFields(Buffer.from(header), me).toString();

  test('of our name go, in every spelling; those of others and all other bytes stay', () => {
    for (const ours of [
      'Authentication-Results: mx.ours.example; dmarc=pass\n',
      'authentication-results:mx.ours.example;dmarc=pass\n',
      'AUTHENTICATION-RESULTS : MX.Ours.Example; spf=pass\n',
      'Authentication-Results:\n mx.ours.example\n\t; dkim=pass\n',
      'Authentication-Results: (a (nested \\) comment)) mx.ours.example 1; none\n',
      'Authentication-Results: "mx.ours.example"; none\n',
      'Authentication-Results: "mx.\\ours.example"; none\n',
      'Authentication-Results: mx.ours.example.; none\n',
      'Authentication-Results: mx.ours.example(x); none\n',
      'Authentication-Results: mx.ours.example\n',
      'Authentication-Results\n : mx.ours.example; none\n',
      'X-Facteur-Verdict: take\n',
      'x-facteur-verdict :\n take\n',
      'X-Facteur-Junk: junk; score=0.999; words=a\n',
    ])
      assert.equal(clean(`A: 1\n${ours}B: 2\n\tfolded\n\n`), 'A: 1\nB: 2\n\tfolded\n\n', ours);
    for (const others of [
      'Authentication-Results: mx.others.example; dmarc=pass\n',
      'Authentication-Results: mx.ours.example.evil.example; dmarc=pass\n',
      'Authentication-Results: evil.mx.ours.example; dmarc=pass\n',
      'Authentication-Results: (mx.ours.example) mx.others.example; none\n',
      'X-Authentication-Results: mx.ours.example; none\n',
      'X-Facteur-Verdicts: take\n',
      'ARC-Authentication-Results: i=1; mx.ours.example; none\n',
      'no field at all\n',
    ])
      assert.equal(clean(`A: 1\n${others}B: 2\n\n`), `A: 1\n${others}B: 2\n\n`, others);
  });

  test('first, last, all or none, with and without an end; the body is never looked at', () => {
    const forged = 'Authentication-Results: mx.ours.example; none\n';
    assert.equal(clean(forged + forged), '');
    assert.equal(clean(`${forged}A: 1\n${forged}`), 'A: 1\n');
    assert.equal(clean(`A: 1\n${forged.trimEnd()}`), 'A: 1\n');
    assert.equal(clean(''), '');
    assert.equal(clean('\n'), '\n');
    assert.equal(clean(`A: 1\n\n${forged}`), `A: 1\n\n${forged}`);
    const untouched = Buffer.from('A: \xff\n\n', 'latin1');
    assert.equal(removeForgedFields(untouched, 'mx.ours.example'), untouched);
    const bytes = Buffer.from(`A: \xff\x80\n${forged}\n`, 'latin1');
    assert.deepEqual(removeForgedFields(bytes, 'MX.ours.example.'), Buffer.from('A: \xff\x80\n\n', 'latin1'));
  });

  test('a header of a megabyte is gone through in a moment', () => {
    for (const text of [
      'Authentication-Results: (\n',
      'a',
      'Authentication-Results: ((((\n (((\n',
      ' \n',
      ':',
    ]) {
      const header = Buffer.from(text.repeat(Math.ceil(1_000_000 / text.length)));
      const begun = performance.now();
      removeForgedFields(header, 'mx.ours.example');
      assert.ok(performance.now() - begun < 8000, JSON.stringify(text));
    }
  });
});

describe('signatures that are too many', () => {
  test('get another name below the first ten, with every other byte in its place', () => {
    const field = 'DKIM-Signature: v=1; d=a.example\n dkim-signature: folded\n';
    const header = Buffer.from(`A: 1\n${field.repeat(12)}B: dkim-signature:\n\n`);
    const before = header.toString();
    assert.equal(hideSignatures(header, 10), 2);
    assert.equal(header.length, before.length);
    assert.equal(header.toString().match(/^DKIM-Signature:/gm)?.length, 10);
    assert.ok(header.toString().endsWith(`${field.replace('D', 'X').repeat(2)}B: dkim-signature:\n\n`));
  });
});

describe('control files', () => {
  const read = <K extends 'dmarcbehavior' | 'senderscores' | 'spfignore' | 'spfguess'>(
    name: K,
    text: string,
  ) => definitions[name].read({ path: name, text, me: undefined });

  test('are read, and a wrong line is named', () => {
    assert.equal(read('dmarcbehavior', 'junk\n'), 'junk');
    assert.deepEqual([...read('senderscores', 'spf-fail:3\ndmarc-pass:-1.5\n')].map(String), [
      'spf-fail,3',
      'dmarc-pass,-1.5',
    ]);
    const ignored = read('spfignore', '192.0.2.7\n2001:db8::/32\nForward.Example\n');
    assert.deepEqual(ignored.clients, ['192.0.2.7', '2001:db8::/32']);
    assert.deepEqual([...ignored.domains], ['forward.example']);
    assert.equal(read('spfguess', 'v=spf1 a/24 mx/24\n'), 'a/24 mx/24');
    for (const [name, text] of [
      ['dmarcbehavior', 'obey'],
      ['senderscores', 'spf-passed:1'],
      ['senderscores', 'spf-fail: much'],
      ['spfignore', '192.0.2.0/40'],
      ['spfignore', 'not a domain'],
      ['spfguess', 'é'],
    ] as const)
      assert.throws(() => read(name, text), ControlError, `${name} ${text}`);
  });
});
