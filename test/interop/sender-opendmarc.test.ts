// DMARC beside OpenDMARC: it reads what our own Authentication-Results field says of SPF and DKIM, asks a DNS with the same
// records, and has to come to our verdict over the same letters. It asks nobody but the resolver of its host, so it runs on
// one of its own. Left out is where it does not keep to the RFC: two records, one beside other texts or without `p`, strict
// alignment of a domain below.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import type { DnsName, DnsZone } from '../support/dns.ts';
import { startHostServices } from '../support/host-services.ts';
import { noHosts, openHostNetwork, writeResolver } from '../support/hosts.ts';
import { withTemporaryDirectory } from '../support/queue.ts';
import { runProgram } from '../support/root.ts';
import {
  findingOf,
  makeKey,
  openSenderDoor,
  type SigningKey,
  signLetter,
  writeLetter,
} from '../support/senders.ts';
import { until } from '../support/serve.ts';

const suffixes = '/usr/share/publicsuffix/public_suffix_list.dat';
const missing = ['opendmarc', 'miltertest'].find((name) => spawnSync(name, ['-V']).error);
const skip = missing
  ? `${missing} is not installed`
  : existsSync(suffixes)
    ? noHosts
    : 'publicsuffix is not installed';

/** What domains publish. */
const records: Readonly<Record<string, string>> = {
  absent: '',
  none: 'v=DMARC1; p=none; rua=mailto:r@none.com',
  quarantine: 'v=DMARC1; p=quarantine',
  reject: 'v=DMARC1; p=reject',
  softer: 'v=DMARC1; p=reject; sp=none',
  harder: 'v=DMARC1; p=none; sp=reject',
  'strict-dkim': 'v=DMARC1; p=reject; adkim=s',
  'strict-spf': 'v=DMARC1; p=reject; aspf=s',
  written: 'v=DMARC1 ;\tp = REJECT ;; x=y;',
};

/** Who writes, who sends and who signs; `@` is the domain of the record. */
const letters: readonly (readonly [author: string, sender: string, signer: string])[] = [
  ['@', '@', ''],
  ['@', 'sub.@', ''],
  ['@', '', '@'],
  ['@', '', 'sub.@'],
  ['@', 'other.com', 'other.com'],
  ['@', '', ''],
  ['sub.@', '@', ''],
  ['sub.@', 'other.com', 'sub.@'],
  ['sub.@', 'other.com', ''],
  ['deep.sub.@', '', 'other.com'],
];

interface Row {
  readonly record: string;
  readonly author: string;
  readonly sender: string;
  readonly signer: string;
  readonly domain: string;
  /** Result and policy. */
  ours?: string;
  /** The letter under our field, without our word on DMARC. */
  letter?: string;
}

/** One letter as a mail server shows it to a milter; prints its domain and the field that the milter adds. */
function milterSession(socket: string, { domain, sender, letter = '' }: Row): string {
  const text = (each: string): string => JSON.stringify(each).replaceAll('\\t', ' ');
  const header = letter.slice(0, letter.indexOf('\n\n')).replace(/\n[ \t]+/g, ' ');
  const fields = header.split('\n').map((field) => {
    const colon = field.indexOf(':');
    return `mt.header(c, ${text(field.slice(0, colon))}, ${text(field.slice(colon + 1).trim())})`;
  });
  const from = sender === '' ? '<>' : `<ann@${sender.replace('@', domain)}>`;
  return `c = mt.connect(${text(`local:${socket}`)})
mt.conninfo(c, "mail.letters.example", "192.0.2.1")
mt.helo(c, "helo.elsewhere.example")
mt.mailfrom(c, ${text(from)})
mt.rcptto(c, "<ben@ours.example>")
${fields.join('\n')}
mt.eoh(c)
mt.eom(c)
print(${text(domain)} .. " " .. tostring(mt.getheader(c, "Authentication-Results", 0)))
mt.disconnect(c)
`;
}

/** OpenDMARC 1.4 takes a domain below the author's for the author's own where only that counts (RFC 9989 5.3.2). */
const isTheirMistake = ({ record, author, sender, signer }: Row): boolean =>
  author === '@' &&
  ((record === 'strict-dkim' && signer === 'sub.@') || (record === 'strict-spf' && sender === 'sub.@'));

const dnsAddress = '10.9.0.53';

/** Our verdict over each letter, and the letter as OpenDMARC is to have it. */
async function judge(zone: DnsZone, rows: readonly Row[], key: SigningKey): Promise<void> {
  const door = await openSenderDoor(zone);
  const judgeOne = async (row: Row): Promise<void> => {
    const nameOf = (text: string): string => text.replace('@', row.domain);
    const plain = writeLetter(`Ann <ann@${nameOf(row.author)}>`);
    const letter = row.signer === '' ? plain : await signLetter(plain, nameOf(row.signer), 's', key);
    const sender = row.sender === '' ? '' : `ann@${nameOf(row.sender)}`;
    const result = await door.arrive(letter, { sender, helo: 'helo.elsewhere.example' });
    const field = /^Authentication-Results: .*\n(?:[ \t].*\n)*/.exec(result.headers ?? '')?.[0] ?? '';
    const [, p = 'none', sp = 'none'] = /dmarc=\w+ \(p=(\w+) sp=(\w+)/.exec(field) ?? [];
    row.ours = `${findingOf(result, 'dmarc').result} ${row.author === '@' ? p : sp}`;
    row.letter = field.replace(/;\s*dmarc=[\s\S]*/, '\n') + letter;
  };
  try {
    await Promise.all(rows.map(judgeOne));
  } finally {
    await door.close();
  }
}

/** The name of a socket is there before anybody listens. */
const listens = (path: string): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(path);
    socket.on('connect', () => resolve(true));
    socket.on('error', () => resolve(false));
    socket.on('connect', () => socket.destroy());
  });

/** OpenDMARC's verdict over each letter by the domain of its row. */
async function askOpendmarc(
  zone: DnsZone,
  rows: readonly Row[],
  directory: string,
): Promise<ReadonlyMap<string, string>> {
  const place = (name: string): string => join(directory, name);
  const settings = ['AuthservID reader.example', 'TrustedAuthservIDs mx.ours.example', 'Syslog false'];
  await writeFile(place('conf'), [...settings, `PublicSuffixList ${suffixes}`, ''].join('\n'));
  await writeFile(place('script'), rows.map((row) => milterSession(place('socket'), row)).join(''));
  await writeResolver(place('resolv.conf'), dnsAddress);
  const network = await openHostNetwork([`${dnsAddress}/24`]);
  const endServices = await startHostServices(network.hub, { zone, dnsAddress });
  const host = await network.addHost(['10.9.0.1/24'], place('resolv.conf'));
  const line = ['opendmarc', '-f', '-c', place('conf'), '-p', `local:${place('socket')}`];
  const [program = '', ...args] = [...host.wrapper, ...line];
  const filter = spawn(program, args, { stdio: 'inherit' });
  const ended = once(filter, 'exit');
  try {
    await until('OpenDMARC listens', () => listens(place('socket')));
    const { stdout, stderr, status } = await runProgram(['miltertest', '-s', place('script')]);
    assert.equal(status, 0, stderr);
    const found = stdout.matchAll(/^(\S+) reader\.example; dmarc=(\w+) \(p=(\w+) /gm);
    return new Map(Array.from(found, ([, domain = '', result, policy]) => [domain, `${result} ${policy}`]));
  } finally {
    // It has nothing to lose, and would think about a gentler signal for seconds.
    filter.kill('SIGKILL');
    await ended;
    await endServices();
    await network.close();
  }
}

test('OpenDMARC comes to the same verdicts over what our field says of SPF and DKIM', { skip }, () =>
  withTemporaryDirectory(async (directory) => {
    const key = makeKey();
    const zone: Record<string, DnsName> = {};
    const addDomain = (name: string): void => {
      zone[name] = { A: ['192.0.2.9'], TXT: ['v=spf1 ip4:192.0.2.1 -all'] };
      zone[`s._domainkey.${name}`] = { TXT: [key.record] };
    };
    addDomain('other.com');
    const rows: Row[] = [];
    for (const [record, text] of Object.entries(records))
      for (const [at, [author, sender, signer]] of letters.entries()) {
        // A domain a letter tells the answers apart.
        const row: Row = { record, author, sender, signer, domain: `${record}-${at}.com` };
        if (isTheirMistake(row)) continue;
        for (const each of ['', 'sub.', 'deep.sub.']) addDomain(`${each}${row.domain}`);
        if (text !== '') zone[`_dmarc.${row.domain}`] = { TXT: [text] };
        rows.push(row);
      }
    await judge(zone, rows, key);
    const theirs = await askOpendmarc(zone, rows, directory);
    const lines = (verdictOf: (row: Row) => string | undefined): readonly string[] =>
      rows.map(
        (row) =>
          `${row.record}: by ${row.author}, from ${row.sender || 'nobody'}, signed by ${row.signer || 'nobody'}: ${verdictOf(row)}`,
      );
    assert.deepEqual(
      lines(({ ours }) => ours),
      lines(({ domain }) => theirs.get(domain)),
    );
  }),
);
