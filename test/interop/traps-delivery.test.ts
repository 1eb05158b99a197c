// Known weaknesses of the qmail family and our answers, by their numbers in spec/qmail.md 14: those of routing, local and
// remote delivery. Each test names its trap; more of the same is in the tests of each part.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, it } from 'node:test';
import { rewriteRecipient, stripPrepend } from '../../mta/control/match.ts';
import { createTimeoutTable } from '../../mta/remote/tcpto.ts';
import { TCPTO_BYTES } from '../../mta/remote/tcpto-file.ts';
import { programRoot } from '../../mta/root.ts';
import type { DnsZone } from '../support/dns.ts';
import { fillDisk, noMounts, withSmallDisk } from '../support/faults.ts';
import { makeSite, type SiteOptions } from '../support/local.ts';
import { withTemporaryDirectory } from '../support/queue.ts';
import { startRemoteSite } from '../support/remote.ts';

const opened: { close(): Promise<unknown> }[] = [];
afterEach(async () => {
  for (const each of opened.splice(0)) await each.close();
});
async function openLocal(options?: SiteOptions) {
  const site = await makeSite(options);
  opened.push(site);
  return site;
}
async function openRemote(zone: DnsZone, settings: Parameters<typeof startRemoteSite>[1] = {}) {
  const site = await startRemoteSite(zone, settings, {});
  opened.push(site);
  return site;
}

const far: DnsZone = {
  'far.test': {
    MX: [
      [10, 'one.far.test'],
      [20, 'two.far.test'],
    ],
  },
  'one.far.test': { A: ['192.0.2.1'] },
  'two.far.test': { A: ['192.0.2.2'] },
};

describe('what goes out', () => {
  it('trap 9: a bare CR is a line end before dots are doubled, so it cannot end the data', async () => {
    const site = await openRemote(far);
    const sink = await site.addSink('192.0.2.1', { lineEnds: 'cr' });
    const smuggled = 'MAIL FROM:<evil@x>\r\nRCPT TO:<u@far.test>\r\nDATA\r\n';
    const forms = ['\r.\r', '\n.\r', '\r.\n', '\r\n.\r', '\r.\r\n'];
    for (const form of forms) {
      const message = Buffer.from(`Subject: x\n\nfirst${form}${smuggled}Subject: y\r\n\r\nsecond\n`);
      assert.match(await site.send('u@far.test', { message }), /^K/);
    }
    assert.deepEqual(
      sink.messages.map(({ from }) => from),
      forms.map(() => 'sender@our.test'),
    );
    for (const { raw } of sink.messages) assert.doesNotMatch(raw.toString('latin1'), /\r(?!\n)|(?<!\r)\n/);
  });

  it('trap 10: a lone dot in the header is doubled like any other', async () => {
    const site = await openRemote(far);
    const sink = await site.addSink('192.0.2.1');
    const message = Buffer.from('Subject: x\n.\nX-More: y\n..\n\n.\nbody\n');
    assert.match(await site.send('u@far.test', { message }), /^K/);
    assert.equal(sink.messages.length, 1);
    assert.equal(sink.messages[0]?.content.toString(), message.toString());
  });

  it('trap 16: an MX answer of more than 512 bytes is read whole, over TCP when it must be', async () => {
    const names = Array.from({ length: 60 }, (_, at) => `a-rather-long-name-of-a-mail-host-${at}.far.test`);
    const zone: DnsZone = {
      'many.test': { MX: names.map((name, at) => [at, name] as const) },
      'cut.test': { MX: [[10, names[0]!]], fault: 'truncate' },
      [names[0]!]: { A: ['192.0.2.1'] },
    };
    const site = await openRemote(zone);
    const sink = await site.addSink('192.0.2.1');
    for (const domain of ['many.test', 'cut.test'])
      assert.match(await site.send(`u@${domain}`), /^K192\.0\.2\.1 accepted/, domain);
    assert.equal(sink.messages.length, 2);
  });

  it('trap 17: after a bad greeting, a rejected name or a session lost before DATA the next MX is asked', async () => {
    for (const replies of [
      { connect: '554 no' },
      { connect: '421 busy' },
      { ehlo: '550 no', helo: '550 no' },
      { mail: { drop: true } },
      { rcpt: '421 going down' },
    ] as const) {
      const site = await openRemote(far);
      await site.addSink('192.0.2.1', { replies });
      await site.addSink('192.0.2.2');
      assert.match(await site.send('u@far.test'), /^K192\.0\.2\.2 accepted/, JSON.stringify(replies));
    }
  });

  it('trap 26: IPv6 hosts that time out have a table of their own; tcpto on disk holds IPv4 and 64 of it', () => {
    const written: string[] = [];
    const table = createTimeoutTable(
      () => 0,
      (place, { ip }) => written.push(`${place} ${ip}`),
    );
    for (let n = 0; n < 70; n++) {
      for (const ip of [`192.0.2.${n}`, `2001:db8::${n.toString(16)}`]) {
        table.recordTimeout(ip, 1000 + n);
        table.recordTimeout(ip, 2000 + n);
      }
    }
    assert.ok(table.isResting('2001:db8::45', 2100), 'IPv6 is remembered');
    assert.ok(table.isResting('192.0.2.69', 2100));
    assert.ok(
      written.every((line) => /^\d+ 192\.0\.2\./.test(line)),
      'and not written',
    );
    assert.equal(Math.max(...written.map((line) => Number(line.split(' ')[0]))), TCPTO_BYTES / 16 - 1);
  });
});

describe('what is delivered here', () => {
  it('trap 18: on a retry the lines before the failing one are done again, as in qmail, and later ones are not', async () => {
    const site = await openLocal();
    await site.makeMaildir('Maildir');
    await site.write('.qmail', '|echo ran >>count\n./Maildir/\n|test -e fixed || exit 111\n&fwd@x\n');
    for (const expected of ['Z', 'Z']) assert.equal((await site.deliver('joe')).code, expected);
    assert.equal(await site.read('count'), 'ran\nran\n');
    assert.equal((await site.mails('Maildir')).length, 2);
    assert.deepEqual(site.injected, []);
    await site.write('fixed', '');
    assert.equal((await site.deliver('joe')).code, 'K');
    assert.equal(site.injected.length, 1);
  });

  it('trap 19: a full disk is never "over quota": the mail waits', { skip: noMounts() }, async () => {
    await withTemporaryDirectory(async (directory) => {
      const disk = join(directory, 'disk');
      const root = join(disk, 'site');
      await withSmallDisk(disk, 'size=1m,mode=755', async () => {
        await mkdir(root);
        const site = await makeSite({ root });
        try {
          await site.makeMaildir('Maildir');
          await site.write('Maildir/maildirsize', '100000000S\n');
          const free = await fillDisk(root, 16_384);
          const message = `Subject: big\n\n${'0123456789abcdef\n'.repeat(2000)}`;
          const { code, text } = await site.agent.deliver({
            id: '1',
            path: '/nonexistent',
            size: message.length,
            message: Buffer.from(message),
            sender: 's@x',
            recipient: 'joe@example.org',
          });
          assert.equal(code, 'Z');
          assert.equal(text, 'Temporary error on maildir delivery. (#4.3.0)');
          assert.deepEqual(await readdir(join(site.home, 'Maildir/new')), []);
          await free();
        } finally {
          await site.close();
        }
      });
    });
  });

  it('trap 25: a lock on an mbox is waited for within a bound, whoever holds it and however', async () => {
    const site = await openLocal({ agent: { mbox: { lockMilliseconds: 200 } } });
    await site.write('.qmail', './Mailbox\n');
    await site.write('Mailbox', '');
    const holder = spawn('flock', ['--exclusive', '--no-fork', join(site.home, 'Mailbox'), 'cat'], {
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    holder.stdin.write('held\n');
    await once(holder.stdout, 'data');
    const slow = { code: 'Z', text: 'File has been locked for 30 seconds straight. (#4.3.0)' };
    assert.deepEqual(await site.deliver('joe'), slow);
    holder.stdin.end();
    await once(holder, 'exit');
    await site.write('Mailbox.lock', '');
    assert.deepEqual(await site.deliver('joe'), slow);
  });

  it('trap 23: a bounce shows the address without its prepend, whichever key had it', () => {
    const settings = {
      locals: new Set<string>(),
      virtualdomains: new Map([
        ['v.test', 'joe-v'],
        ['boss@far.test', 'pat'],
        ['.sub.test', 'sub'],
      ]),
      percenthack: new Set<string>(),
      envnoathost: 'me.test',
    };
    for (const address of ['info@v.test', 'boss@far.test', 'a-b-c@x.sub.test']) {
      const stored = rewriteRecipient(address, settings).address;
      assert.notEqual(stored, address);
      assert.equal(stripPrepend(stored, settings.virtualdomains), address);
    }
  });
});

describe('programs', () => {
  it('trap 20: none is run by way of a shell that we give it to; only owners and admins write command lines', async () => {
    const found: string[] = [];
    const walk = async (directory: string): Promise<void> => {
      for (const entry of await readdir(directory, { withFileTypes: true })) {
        const path = join(directory, entry.name);
        if (entry.isDirectory()) await walk(path);
        else if (entry.name.endsWith('.ts')) {
          const text = await readFile(path, 'utf8');
          if (/\bshell: *true\b|\bexec(?:Sync)?\((?!\w*[lL]ine)/.test(text.replace(/\.exec\(/g, '')))
            found.push(path);
          if (/['"`]\/bin\/sh['"`], *['"`]-c/.test(text)) found.push(path.slice(path.indexOf('mta/')));
        }
      }
    };
    for (const wing of ['mta', 'server']) await walk(join(programRoot(), wing));
    // .qmail lines; control/filterargs; control/qfilters.
    assert.deepEqual(found.sort(), [
      'mta/commands/qmail-qfilter.ts',
      'mta/hooks/filter.ts',
      'mta/local/program.ts',
    ]);
  });
});
