// A real DNS server for tests, on 127.0.0.1 or where the test says, UDP and TCP on one port. It serves the zone that the test
// gives and, where the test says so, fails the ways that real servers fail. Names outside the zone do not exist (NXDOMAIN).
import { createSocket } from 'node:dgram';
import { createServer, type Socket } from 'node:net';
import packet, { type Answer, type DecodedPacket, type Packet, type RecordType } from 'dns-packet';

/** How a name can fail. `truncate`: TC with no answer over UDP, the whole answer over TCP. `silent`: no reply at all. */
export type DnsFault = 'SERVFAIL' | 'REFUSED' | 'NXDOMAIN' | 'silent' | 'truncate' | 'garbage';

/** What one name owns. A name with none of these exists without data. */
export interface DnsName {
  readonly A?: readonly string[];
  readonly AAAA?: readonly string[];
  /** [preference, exchange]; the exchange '.' or '' is the null MX. */
  readonly MX?: readonly (readonly [number, string])[];
  /** Strings of one record as a list. */
  readonly TXT?: readonly (string | readonly string[])[];
  /** [priority, weight, port, target] */
  readonly SRV?: readonly (readonly [number, number, number, string])[];
  /** [flags, property, value] */
  readonly CAA?: readonly (readonly [number, 'issue' | 'issuewild' | 'iodef', string])[];
  /** [usage, selector, matching type, data in hexadecimal] */
  readonly TLSA?: readonly (readonly [number, number, number, string])[];
  readonly PTR?: readonly string[];
  readonly CNAME?: string;
  /** The zone of the name is signed: the server, as a resolver that validates, says so (AD) to those who ask. */
  readonly signed?: boolean;
  /** For every type, or for some. */
  readonly fault?: DnsFault | Partial<Record<RecordType, DnsFault>>;
}

export type DnsZone = Record<string, DnsName>;

export interface DnsServer {
  /** As control/dnsservers wants it: `127.0.0.1:PORT`. */
  readonly address: string;
  readonly port: number;
  /** The zone; a test may change it while the server runs. */
  readonly zone: DnsZone;
  readonly queries: { name: string; type: string; over: 'udp' | 'tcp' }[];
  close(): Promise<void>;
}

const RCODE = { NOERROR: 0, SERVFAIL: 2, NXDOMAIN: 3, REFUSED: 5 } as const;

function recordsOf(entry: DnsName, name: string, type: RecordType): Answer[] {
  const base = { name, ttl: 0 };
  switch (type) {
    case 'A':
    case 'AAAA':
    case 'PTR':
      return (entry[type] ?? []).map((data) => ({ ...base, type, data }));
    case 'TXT':
      return (entry.TXT ?? []).map((data) => ({
        ...base,
        type,
        data: typeof data === 'string' ? data : [...data],
      }));
    case 'SRV':
      return (entry.SRV ?? []).map(([priority, weight, port, target]) => ({
        ...base,
        type,
        data: { priority, weight, port, target },
      }));
    case 'CAA':
      return (entry.CAA ?? []).map(([flags, tag, value]) => ({ ...base, type, data: { flags, tag, value } }));
    case 'TLSA':
      return (entry.TLSA ?? []).map(([usage, selector, matchingType, certificate]) => ({
        ...base,
        type,
        data: { usage, selector, matchingType, certificate: Buffer.from(certificate, 'hex') },
      }));
    case 'CNAME':
      return entry.CNAME === undefined ? [] : [{ ...base, type, data: entry.CNAME }];
    case 'MX':
      return (entry.MX ?? []).map(([preference, exchange]) => ({
        ...base,
        type,
        data: { preference, exchange: exchange === '' ? '.' : exchange },
      }));
    default:
      return [];
  }
}

/** Answers one question from the zone, following CNAMEs inside it. */
function answerQuestion(
  zone: DnsZone,
  asked: string,
  type: RecordType,
): { answers: Answer[]; rcode: number; fault: DnsFault | undefined; signed?: boolean } {
  const answers: Answer[] = [];
  let name = asked;
  let signed = true;
  for (let hop = 0; hop < 9; hop++) {
    const entry = zone[name.toLowerCase()];
    if (!entry) return { answers, rcode: RCODE.NXDOMAIN, fault: undefined };
    signed &&= entry.signed === true;
    const fault = typeof entry.fault === 'string' ? entry.fault : entry.fault?.[type];
    if (fault === 'SERVFAIL' || fault === 'REFUSED' || fault === 'NXDOMAIN')
      return { answers, rcode: RCODE[fault], fault };
    if (fault) return { answers: recordsOf(entry, name, type), rcode: RCODE.NOERROR, fault };
    if (entry.CNAME === undefined || type === 'CNAME')
      return { answers: [...answers, ...recordsOf(entry, name, type)], rcode: RCODE.NOERROR, fault, signed };
    answers.push({ type: 'CNAME', name, ttl: 0, data: entry.CNAME });
    name = entry.CNAME;
  }
  // A CNAME loop: what a recursive resolver says of it.
  return { answers: [], rcode: RCODE.SERVFAIL, fault: undefined };
}

/** Starts the server; `address` goes into the settings of what is tested. @param wanted default: any port of loopback */
export async function startDns(
  zone: DnsZone,
  wanted: { readonly host: string; readonly port: number } = { host: '127.0.0.1', port: 0 },
): Promise<DnsServer> {
  const queries: DnsServer['queries'] = [];
  const connections = new Set<Socket>();

  const respond = (query: DecodedPacket, over: 'udp' | 'tcp'): Packet | 'silent' | 'garbage' => {
    const question = query.questions?.[0];
    if (!question) return 'silent';
    queries.push({ name: question.name, type: question.type, over });
    const { answers, rcode, fault, signed } = answerQuestion(zone, question.name, question.type);
    const isAsked = query.flag_ad || query.additionals?.some((each) => each.type === 'OPT' && each.flag_do);
    if (fault === 'silent' || fault === 'garbage') return fault;
    const truncated = over === 'udp' && fault === 'truncate';
    return {
      type: 'response',
      id: query.id ?? 0,
      flags:
        packet.RECURSION_DESIRED |
        packet.RECURSION_AVAILABLE |
        (signed && isAsked ? packet.AUTHENTIC_DATA : 0) |
        (truncated ? packet.TRUNCATED_RESPONSE : 0) |
        rcode,
      questions: [question],
      answers: truncated ? [] : answers,
    };
  };

  const udp = createSocket('udp4');
  udp.on('message', (bytes, client) => {
    const response = respond(packet.decode(bytes), 'udp');
    if (response === 'silent') return;
    let reply =
      response === 'garbage'
        ? Buffer.concat([bytes.subarray(0, 2), Buffer.alloc(9, 0xff)])
        : packet.encode(response);
    if (response !== 'garbage' && reply.length > 1232)
      reply = packet.encode({ ...response, flags: response.flags! | packet.TRUNCATED_RESPONSE, answers: [] });
    udp.send(reply, client.port, client.address);
  });

  const tcp = createServer((socket) => {
    connections.add(socket);
    socket.on('close', () => connections.delete(socket));
    socket.on('error', () => socket.destroy());
    let buffered = Buffer.alloc(0);
    socket.on('data', (chunk: Buffer) => {
      buffered = Buffer.concat([buffered, chunk]);
      while (buffered.length >= 2 && buffered.length >= 2 + buffered.readUInt16BE(0)) {
        const size = buffered.readUInt16BE(0);
        const response = respond(packet.decode(buffered.subarray(2, 2 + size)), 'tcp');
        buffered = buffered.subarray(2 + size);
        if (response === 'garbage') socket.end(Buffer.from([0, 3, 255, 255, 255]));
        else if (response !== 'silent') socket.write(packet.streamEncode(response));
      }
    });
  });

  await new Promise<void>((resolve, reject) => {
    tcp.once('error', reject);
    tcp.listen(wanted.port, wanted.host, resolve);
  });
  const port = (tcp.address() as { port: number }).port;
  await new Promise<void>((resolve, reject) => {
    udp.once('error', reject);
    udp.bind(port, wanted.host, resolve);
  });
  return {
    address: `${wanted.host}:${port}`,
    port,
    zone,
    queries,
    close: async () => {
      for (const socket of connections) socket.destroy();
      await Promise.all([
        new Promise<void>((resolve) => udp.close(() => resolve())),
        new Promise<void>((resolve) => tcp.close(() => resolve())),
      ]);
    },
  };
}
