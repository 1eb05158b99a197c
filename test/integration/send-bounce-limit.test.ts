// Who hears of failures, and how often (spec/security.md R9): strangers once an hour for the same cause, the site's own
// people always. A real queue role; the Received lines are those that a door writes.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { permanent, success, temporary } from '../../mta/outcome.ts';
import { BounceLimit } from '../../mta/send/bounce-limit.ts';
import { queueFiles } from '../support/queue.ts';
import { type Site, withSite } from '../support/send.ts';

const letter = (ip: string, protocol = 'ESMTPS', more = ''): string =>
  `Received: from unknown (HELO mx.far.test) (${ip})\n  by mail.here.test with ${protocol}; 22 Nov 2026 22:00:00 -0000\n${more}Subject: x\n\nhi\n`;
const stranger = letter('198.51.100.7');

/** Sends letters that fail, one after the other, and tells which of them were bounced. */
async function tellBounced(
  site: Site,
  letters: readonly (readonly [sender: string, recipient: string, body: string])[],
): Promise<boolean[]> {
  site.decide = ({ sender }) => (sender === '' ? success('did 1+0+0') : permanent('No room. (#5.2.2)'));
  const told = /^(?:no )?bounce (?:for )?msg /;
  const bounced: boolean[] = [];
  for (const [sender, recipient, body] of letters) {
    await site.send(sender, [recipient], body);
    await site.logged(told, bounced.length + 1);
    bounced.push(site.log.findLast((line) => told.test(line))!.startsWith('bounce'));
  }
  await site.logged(/^end msg /, letters.length + bounced.filter(Boolean).length);
  assert.deepEqual(await queueFiles(site.queue), [], 'nothing stays in the queue');
  return bounced;
}

test('a stranger is told of the same failure once; another recipient or sender is another failure', () =>
  withSite(async (site) => {
    assert.deepEqual(
      await tellBounced(site, [
        ['s@far.test', 'a@here.test', stranger],
        ['s@far.test', 'a@here.test', stranger],
        ['s@far.test', 'b@virt.test', stranger],
        ['t@far.test', 'a@here.test', stranger],
        ['s@far.test', 'a@here.test', stranger],
      ]),
      [true, false, true, true, false],
    );
    const held = site.log.filter((line) => line.startsWith('no bounce'));
    assert.match(held[1]!, /^no bounce for msg \d+ to <s@far\.test>: told of the same .* 2 held back/);
  }));

test('a stranger stays one when a filter puts its lines between ours', () =>
  withSite(async (site) => {
    const scanned = `X-Scanned: yes\nReceived: by scanner 1.4\n${stranger}`;
    assert.deepEqual(
      await tellBounced(site, [
        ['s@far.test', 'a@here.test', scanned],
        ['s@far.test', 'a@here.test', scanned],
        ['s@far.test', 'a@here.test', `X-Scanned: no header of ours\n\n${stranger}`],
        ['s@far.test', 'a@here.test', `X-Scanned: no header of ours\n\n${stranger}`],
      ]),
      [true, false, true, true],
    );
  }));

test('who logged in, may relay, sent from this machine, lives here or wrote to elsewhere hears of every letter', () =>
  withSite(async (site) => {
    for (const [sender, recipient, body] of [
      ['s@far.test', 'a@here.test', letter('ann@here.test@198.51.100.7', 'ESMTPSA')],
      ['s@far.test', 'a@here.test', letter('192.0.2.9')],
      ['s@far.test', 'a@here.test', letter('127.0.0.1')],
      ['ann@virt.test', 'a@here.test', stranger],
      ['s@far.test', 'a@elsewhere.test', stranger],
      ['s@far.test', 'a@here.test', 'Subject: without a line of a door\n\nhi\n'],
    ] as const) {
      site.log.length = 0;
      const twice = await tellBounced(site, [
        [sender, recipient, body],
        [sender, recipient, body],
      ]);
      assert.deepEqual(twice, [true, true], body);
    }
  }));

test('whom the door says that it lets relay hears of every letter, and is a stranger after a restart', () =>
  withSite(
    async (site) => {
      const send = () => site.send('s@far.test', ['a@here.test'], stranger, undefined, 'relay');
      site.decide = ({ sender }) => (sender === '' ? success('did 1+0+0') : permanent('No room. (#5.2.2)'));
      for (const times of [1, 2, 3]) {
        await send();
        await site.logged(/^bounce msg /, times);
      }
      site.decide = () => temporary('Not now. (#4.2.2)');
      await send();
      await send();
      await site.logged(/ deferral: /, 2);
      await site.stop();
      await site.start();
      site.decide = ({ sender }) => (sender === '' ? success('did 1+0+0') : permanent('No room. (#5.2.2)'));
      await site.role.retryNow();
      await site.logged(/^bounce msg /, 4);
      await site.logged(/^no bounce for msg /);
    },
    // A letter of the journal becomes an ordinary entry on its way to the bounce.
    { queuejournal: 1 },
  ));

test('a stranger whose message says that no person sent it is not answered; bounceinterval 0 is qmail', async () => {
  const automatic = letter('198.51.100.7', 'SMTP', 'Auto-Submitted: auto-replied (vacation)\n');
  const manual = letter('198.51.100.7', 'SMTP', 'auto-submitted: No\n');
  await withSite(async (site) => {
    assert.deepEqual(
      await tellBounced(site, [
        ['s@far.test', 'a@here.test', automatic],
        ['s@far.test', 'a@here.test', manual],
      ]),
      [false, true],
    );
  });
  await withSite(
    async (site) => {
      assert.deepEqual(
        await tellBounced(site, [
          ['s@far.test', 'a@here.test', automatic],
          ['s@far.test', 'a@here.test', stranger],
          ['s@far.test', 'a@here.test', stranger],
        ]),
        [true, true, true],
      );
    },
    { bounceinterval: 0 },
  );
});

test('a turn ends with its interval, or when its bounce could not be queued; the memory is bounded', () => {
  const limit = new BounceLimit();
  const cause = { sender: 's@far.test', failures: [{ address: 'a@here.test', report: 'No. (#5.2.2)' }] };
  assert.equal(limit.takeTurn(cause, 60, 0), undefined);
  assert.equal(limit.takeTurn(cause, 60, 59), 1);
  assert.equal(limit.takeTurn(cause, 60, 59.5), 2);
  assert.equal(limit.takeTurn(cause, 60, 60), undefined);
  limit.forget(cause);
  assert.equal(limit.takeTurn(cause, 60, 61), undefined);
  for (let i = 0; i < 20_000; i++) limit.takeTurn({ ...cause, sender: `s${i}@far.test` }, 60, 62);
  assert.equal(limit.takeTurn(cause, 60, 63), undefined, 'the oldest was forgotten');
});
