// Three mail hosts on a network of their own: two of ours, `one` and `two`, and a Postfix, `three`. Each takes mail for a
// domain a case below its name, and what the DNS and a policy host say of TLS differs from case to case.
import { createHash, createPublicKey, X509Certificate } from 'node:crypto';
import { appendFile, chown, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DsnRequest } from '../../mta/formats/dsn.ts';
import { createInjector } from '../../mta/inject/client.ts';
import { openStsCache } from '../../mta/remote/sts-cache.ts';
import { type StsPolicy, writeStsPolicy } from '../../mta/remote/sts-policy.ts';
import { recordText } from '../../mta/trust/dkim-record.ts';
import { createCertificate, type TestCertificate } from './certificate.ts';
import type { DnsName, DnsZone } from './dns.ts';
import { type RunningServer, startServer } from './facteur.ts';
import { type HostServices, startHostServices } from './host-services.ts';
import { type Host, type HostNetwork, openHostNetwork, writeResolver } from './hosts.ts';
import { type Postfix, startPostfix } from './postfix.ts';
import { setControl, succeed, until } from './serve.ts';

export const hostNames = ['one', 'two', 'three'] as const;
export type HostName = (typeof hostNames)[number];

type TlsaRow = NonNullable<DnsName['TLSA']>[number];

/** What is published about the mail host of one domain. */
interface Published {
  readonly isSigned?: true;
  readonly tlsa?: 'right' | 'wrong' | 'unusable' | 'unanswered' | 'authority';
  /** `untrusted`: the policy host's certificate is not its own. */
  readonly sts?: 'enforce' | 'testing' | 'unreachable' | 'untrusted' | 'kept';
  /** The policy names another mail host. */
  readonly isUnlisted?: true;
  /** The certificate has not its name. */
  readonly isMisnamed?: true;
}

export const cases = {
  plain: {},
  dane: { isSigned: true, tlsa: 'right' },
  'dane-wrong': { isSigned: true, tlsa: 'wrong' },
  'dane-unsigned': { tlsa: 'wrong' },
  'dane-unusable': { isSigned: true, tlsa: 'unusable' },
  'dane-unanswered': { isSigned: true, tlsa: 'unanswered' },
  'dane-authority': { isSigned: true, tlsa: 'authority' },
  'dane-authority-misnamed': { isSigned: true, tlsa: 'authority', isMisnamed: true },
  sts: { sts: 'enforce' },
  'sts-misnamed': { sts: 'enforce', isMisnamed: true },
  'sts-unlisted': { sts: 'enforce', isUnlisted: true },
  'sts-testing': { sts: 'testing', isMisnamed: true },
  'sts-unreachable': { sts: 'unreachable' },
  'sts-untrusted': { sts: 'untrusted', isUnlisted: true },
  'sts-kept': { sts: 'kept', isUnlisted: true },
  both: { isSigned: true, tlsa: 'right', sts: 'enforce', isUnlisted: true },
  'both-wrong': { isSigned: true, tlsa: 'wrong', sts: 'enforce' },
} as const satisfies Readonly<Record<string, Published>>;
export type CaseName = keyof typeof cases;
const caseList: readonly (readonly [string, Published])[] = Object.entries(cases);

export const domainOf = (name: CaseName, host: HostName): string => `${name}.${host}.test`;
const mxOf = (name: string, host: HostName): string => `mx.${name}.${host}.test`;

const prefix = '10.9.0.';
const addresses: Readonly<Record<HostName, string>> = {
  one: `${prefix}1`,
  two: `${prefix}2`,
  three: `${prefix}3`,
};
const dnsAddress = `${prefix}53`;
// Policy hosts must have public addresses; nothing leads from here to those who own these. The second is host two itself.
const policyAddress = '11.9.0.80';
const ownPolicyAddress = '11.9.0.2';
const closedAddress = '11.9.0.81';

/** The policy of this domain is served by host two. */
const servedByTwo = 'sts.two.test';
const policyOf = (name: string, host: HostName, { sts, isUnlisted }: Published): StsPolicy => ({
  mode: sts === 'testing' ? 'testing' : 'enforce',
  maxAge: 86_400,
  mx: [isUnlisted ? `other.${host}.test` : mxOf(name, host)],
});

function digestOf({ cert }: TestCertificate): string {
  const key = new X509Certificate(cert).publicKey.export({ type: 'spki', format: 'der' });
  return createHash('sha256').update(key).digest('hex');
}

/** Of the keys of a host and of the authority. */
interface Digests {
  readonly own: string;
  readonly authority: string;
}

function recordOf(tlsa: NonNullable<Published['tlsa']>, { own, authority }: Digests): TlsaRow {
  if (tlsa === 'authority') return [2, 1, 1, authority];
  // RFC 7672 3.1.3: usage 1 is not for SMTP.
  return [tlsa === 'unusable' ? 1 : 3, 1, 1, tlsa === 'wrong' ? own.replace(/../g, 'ab') : own];
}

/** What the DNS says of one case at one host. */
function caseZone(name: string, host: HostName, facts: Published, digests: Digests): DnsZone {
  const { isSigned: signed = false, tlsa, sts } = facts;
  const [domain, mx] = [`${name}.${host}.test`, mxOf(name, host)];
  const zone: Record<string, DnsName> = {
    [domain]: { MX: [[10, mx]], signed },
    [mx]: { A: [addresses[host]], signed },
  };
  if (tlsa !== undefined)
    zone[`_25._tcp.${mx}`] = {
      TLSA: [recordOf(tlsa, digests)],
      signed,
      ...(tlsa === 'unanswered' ? { fault: 'SERVFAIL' } : {}),
    };
  if (sts !== undefined) {
    zone[`_mta-sts.${domain}`] = { TXT: ['v=STSv1; id=2;'] };
    const isReached = sts !== 'unreachable' && sts !== 'kept';
    const place = domain === servedByTwo ? ownPolicyAddress : isReached ? policyAddress : closedAddress;
    zone[`mta-sts.${domain}`] = { A: [place] };
  }
  return zone;
}

/** SPF, DKIM and DMARC of a host's own domain. */
async function senderZone(host: HostName, home: string | undefined): Promise<DnsZone> {
  const domain = `${host}.test`;
  const zone: Record<string, DnsName> = {
    [domain]: { MX: [[10, mxOf('plain', host)]], TXT: [`v=spf1 ip4:${addresses[host]} -all`] },
    [`_dmarc.${domain}`]: { TXT: ['v=DMARC1; p=reject'] },
  };
  if (home === undefined) return zone;
  const keys = join(home, 'qmail', 'control', 'domainkeys', domain);
  for (const selector of await readdir(keys)) {
    const key = createPublicKey(await readFile(join(keys, selector)));
    const algorithm = key.asymmetricKeyType === 'ed25519' ? 'ed25519-sha256' : 'rsa-sha256';
    const text = recordText(key, algorithm);
    zone[`${selector}._domainkey.${domain}`] = { TXT: [text.match(/.{1,255}/g) ?? []] };
  }
  return zone;
}

/** A mail host as the tests use it. */
export interface MailHost {
  readonly host: Host;
  readonly domain: string;
  send(sender: string, recipients: readonly string[], letter: string, requiresTls?: true): Promise<void>;
  /** All that was logged. */
  log(): Promise<string>;
  /** What became of the last letter to this recipient, in the words of the log; undefined: nothing yet. */
  fateOf(recipient: string): Promise<string | undefined>;
}

export interface OurHost extends MailHost {
  readonly home: string;
  /** Letters that lie in the one Maildir. */
  letters(): Promise<readonly string[]>;
}

export interface ThreeHosts {
  readonly one: OurHost;
  readonly two: OurHost;
  readonly three: MailHost;
  /** Stops everything; safe to call twice. */
  close(): Promise<void>;
}

const literally = (text: string): string => text.replace(/[.+]/g, '\\$&');

function ourHost(host: Host, home: string, server: RunningServer, domain: string): OurHost {
  const maildirs = [
    join(home, 'qmail', 'alias', 'Maildir', 'new'),
    join(home, 'vpopmail', 'domains', domain, 'postmaster', 'Maildir', 'new'),
  ];
  return {
    host,
    home,
    domain,
    async send(sender, recipients, letter, requiresTls) {
      const injector = createInjector(join(home, 'run', 'inject'));
      const wishes: DsnRequest | undefined = requiresTls
        ? { requireTls: requiresTls, recipients: recipients.map(() => undefined) }
        : undefined;
      const { code, text } = await injector.inject('relay', Buffer.from(letter), sender, recipients, wishes);
      injector.close();
      if (code !== 'K') throw new Error(text);
    },
    log: async () => server.stderr(),
    async fateOf(recipient) {
      const text = server.stderr();
      const begun = [
        ...text.matchAll(new RegExp(`starting delivery (\\d+): .* to remote ${literally(recipient)}$`, 'gm')),
      ];
      const number = begun.at(-1)?.[1];
      return new RegExp(`delivery ${number}: ((?:success|deferral|failure): .*)$`, 'm').exec(text)?.[1];
    },
    async letters() {
      const found: string[] = [];
      for (const maildir of maildirs)
        for (const name of await readdir(maildir).catch(() => []))
          found.push(await readFile(join(maildir, name), 'utf8'));
      return found;
    },
  };
}

function postfixHost(host: Host, postfix: Postfix): MailHost {
  return {
    host,
    domain: 'three.test',
    send: (sender, recipients, letter) => postfix.send(sender, recipients, letter),
    log: postfix.log,
    async fateOf(recipient) {
      const text = await postfix.log();
      const status = new RegExp(` to=<${literally(recipient)}>, .*(status=.*)$`, 'm').exec(text)?.[1];
      const mx = `mx.${recipient.slice(recipient.indexOf('@') + 1)}`;
      const tls = new RegExp(`(\\w+) TLS connection established to ${literally(mx)}\\[`).exec(text)?.[1];
      return status && `${status} ${tls === undefined ? '' : `TLS: ${tls}`}`;
    },
  };
}

async function makeOurHome(
  home: string,
  domain: string,
  host: HostName,
  cert: TestCertificate,
): Promise<void> {
  await succeed(['quickstart', '--home', home, '--domain', domain]);
  const control = join(home, 'qmail', 'control');
  await appendFile(join(control, 'rcpthosts'), `.${domain}\n`);
  await appendFile(join(control, 'locals'), caseList.map(([name]) => `${name}.${domain}\n`).join(''));
  const alias = join(home, 'qmail', 'alias');
  const { uid, gid } = await stat(alias);
  for (const part of ['', 'tmp', 'new', 'cur']) {
    await mkdir(join(alias, 'Maildir', part));
    await chown(join(alias, 'Maildir', part), uid, gid);
  }
  const forwards = { relay: '&rae@dane.one.test\n', 'relay-three': '&rae@dane.three.test\n' };
  for (const [name, text] of Object.entries({ ...forwards, default: './Maildir/\n' }))
    await writeFile(join(alias, `.qmail-${name}`), text);
  const settings: Readonly<Record<string, string>> = {
    me: `mx.plain.${host}.test`,
    dnsservers: dnsAddress,
    dnssecresolver: dnsAddress,
    tlsreports: '1',
    junkfilter: '0',
    mtasts: `${servedByTwo}:enforce:86400:${mxOf('sts', 'two')}`,
  };
  for (const [name, text] of Object.entries(settings)) await setControl(home, name, `${text}\n`);
  await writeFile(join(control, 'servercert.pem'), cert.key + cert.cert, { mode: 0o600 });
  for (const [name, facts] of caseList)
    if (facts.sts === 'kept')
      for (const other of hostNames)
        await openStsCache(join(home, 'remote', 'mta-sts')).write(`${name}.${other}.test`, {
          id: '1',
          fetched: Date.now() - 3_600_000,
          policy: policyOf(name, other, facts),
        });
}

/** Starts everything. @param directory is the test's own */
export async function startThreeHosts(directory: string): Promise<ThreeHosts> {
  const authority = { ...createCertificate('authority.test', { isAuthority: true }), host: 'authority.test' };
  const certificateOf = (host: HostName): TestCertificate => {
    const names = caseList.filter(([, facts]) => !facts.isMisnamed).map(([name]) => mxOf(name, host));
    const all = [...names, `mta-sts.${servedByTwo}`];
    // One has none that anybody vouches for.
    if (host === 'one') return createCertificate(`host.${host}.test`, { names: all });
    const { key, cert } = createCertificate(`host.${host}.test`, { names: all, issuer: authority });
    return { key, cert: cert + authority.cert };
  };
  const certificates = {
    one: certificateOf('one'),
    two: certificateOf('two'),
    three: certificateOf('three'),
  };
  const place = (name: string): string => join(directory, name);
  await mkdir(directory, { recursive: true });
  await writeFile(place('authority.pem'), authority.cert);
  await writeFile(place('three.pem'), certificates.three.key + certificates.three.cert);
  await writeResolver(place('resolv.conf'), dnsAddress);
  const homes = { one: place('one'), two: place('two') };
  const [network] = await Promise.all([
    openHostNetwork([`${dnsAddress}/24`, `${policyAddress}/24`, `${closedAddress}/24`]),
    makeOurHome(homes.one, 'one.test', 'one', certificates.one),
    makeOurHome(homes.two, 'two.test', 'two', certificates.two),
  ]);
  const zone: Record<string, DnsName> = { '.': { signed: true } };
  const policies: Record<string, string> = {};
  for (const host of hostNames) {
    Object.assign(zone, await senderZone(host, host === 'three' ? undefined : homes[host]));
    const digests = { own: digestOf(certificates[host]), authority: digestOf(authority) };
    for (const [name, facts] of caseList) {
      Object.assign(zone, caseZone(name, host, facts, digests));
      policies[`mta-sts.${name}.${host}.test`] = writeStsPolicy(policyOf(name, host, facts));
    }
  }
  const [firstPolicy = '', ...otherPolicies] = Object.keys(policies).filter(
    (name) => !name.includes('untrusted'),
  );
  const certificate = createCertificate(firstPolicy, { issuer: authority, names: otherPolicies });
  const services = { zone, dnsAddress, policyHosts: { address: policyAddress, certificate, policies } };
  return startHosts(network, services, homes, directory);
}

async function startHosts(
  network: HostNetwork,
  services: HostServices,
  homes: Readonly<Record<'one' | 'two', string>>,
  directory: string,
): Promise<ThreeHosts> {
  const place = (name: string): string => join(directory, name);
  const endServices = await startHostServices(network.hub, services);
  const own = (number: number): readonly string[] => [`${prefix}${number}/24`, `11.9.0.${number}/24`];
  const [hostOne, hostTwo, hostThree] = [
    await network.addHost(own(1)),
    await network.addHost(own(2)),
    await network.addHost(own(3), place('resolv.conf')),
  ] as const;
  const believing = ({ wrapper }: Host): readonly string[] => [
    ...wrapper,
    'env',
    `NODE_EXTRA_CA_CERTS=${place('authority.pem')}`,
  ];
  const [one, two, three] = await Promise.all([
    startServer(homes.one, `smtp=${addresses.one}:25`, [], believing(hostOne)),
    startServer(homes.two, `smtp=${addresses.two}:25,https=${ownPolicyAddress}:443`, [], believing(hostTwo)),
    startPostfix(place('three'), {
      wrapper: hostThree.wrapper,
      main: {
        myhostname: mxOf('plain', 'three'),
        inet_interfaces: 'all',
        mynetworks: '127.0.0.0/8',
        relay_domains: 'three.test',
        relay_transport: 'discard:',
        smtpd_tls_security_level: 'may',
        smtpd_tls_chain_files: place('three.pem'),
        smtp_tls_security_level: 'dane',
        smtp_dns_support_level: 'dnssec',
        smtp_tls_CAfile: place('authority.pem'),
        smtp_tls_loglevel: '1',
      },
    }),
  ]);
  let closing: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    await Promise.all([one.stop(), two.stop(), three.stop()]);
    await endServices();
    await network.close();
  };
  return {
    one: ourHost(hostOne, homes.one, one, 'one.test'),
    two: ourHost(hostTwo, homes.two, two, 'two.test'),
    three: postfixHost(hostThree, three),
    close() {
      closing ??= close();
      return closing;
    },
  };
}

/** Sends one letter to a case each, and waits for what becomes of it. */
export async function sendToCases(
  from: MailHost,
  to: HostName,
  names: readonly CaseName[],
): Promise<Partial<Record<CaseName, string>>> {
  const sender = `postmaster@${from.domain}`;
  const recipients = names.map((name) => `ann@${domainOf(name, to)}`);
  const letter = `From: ${sender}\nTo: ann@${to}.test\nSubject: to ${to}\nDate: ${new Date().toUTCString()}\nMessage-ID: <${to}@${from.domain}>\n\nHello.\n`;
  await from.send(sender, recipients, letter);
  const fates: Partial<Record<CaseName, string>> = {};
  const haveFates = async () => {
    for (const [at, name] of names.entries()) {
      const fate = await from.fateOf(recipients[at] as string);
      if (fate === undefined) return false;
      fates[name] = fate;
    }
    return true;
  };
  // Hundreds of handshakes at once, of six pairs beside each other.
  await until(`every letter from ${from.domain} to ${to} has a fate`, haveFates, 60);
  return fates;
}
