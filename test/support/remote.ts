// A remote delivery agent for tests: it believes that it lives on 192.0.2.99, asks a real DNS server on loopback, and
// reaches the documentation addresses of that DNS at sinks on loopback, as behind an address translation.
import { connect, type Socket } from 'node:net';
import { Worker } from 'node:worker_threads';
import type { Delivered, DeliveryRequest } from '../../mta/delivery.ts';
import {
  createRemoteAgent,
  type RemoteOptions,
  type RemoteSettings,
  type RemoteTransactions,
} from '../../mta/remote/delivery.ts';
import { type DnsServer, type DnsZone, startDns } from './dns.ts';
import { type Sink, type SinkOptions, startSink } from './smtp-sink.ts';

export interface RemoteSite {
  readonly dns: DnsServer;
  readonly agent: RemoteTransactions;
  readonly log: string[];
  /** Addresses connected to, in order: `192.0.2.1:25`. */
  readonly connected: string[];
  /** Starts a sink that answers for an address (any port of it). */
  addSink(address: string, options?: SinkOptions): Promise<Sink>;
  /** Lets an address lead to a port of loopback. */
  mapTo(address: string, port: number): void;
  /** Delivers one message. */
  send(recipient: string, change?: Partial<DeliveryRequest>): Promise<string>;
  /** What the last delivery said of the sender's wishes. */
  readonly lastFate: Delivered['fate'];
  /** Closes everything; safe to call twice. */
  close(): Promise<void>;
}

export const OWN_ADDRESS = '192.0.2.99';

/** A port of loopback where nothing listens. */
async function closedPort(): Promise<number> {
  const sink = await startSink();
  await sink.close();
  return sink.port;
}

/** Starts the site; addresses without a sink refuse connections. */
export async function startRemoteSite(
  zone: DnsZone,
  settings: Partial<RemoteSettings> = {},
  options: Pick<
    RemoteOptions,
    'tcptoPath' | 'tlsPolicyOf' | 'trustedCertificates' | 'clientCertificate' | 'stsPolicies' | 'recordTls'
  > = {},
): Promise<RemoteSite> {
  const dns = await startDns(zone);
  const refused = await closedPort();
  const ports = new Map<string, number>();
  const sinks: Sink[] = [];
  const log: string[] = [];
  let closing: Promise<void> | undefined;
  const connected: string[] = [];
  let lastFate: Delivered['fate'];
  const agent = createRemoteAgent({
    ...options,
    settings: () => ({
      me: 'our.test',
      helohost: 'mail.our.test',
      smtproutes: new Map(),
      timeoutconnect: 2,
      timeoutremote: 3,
      timeoutdns: 0.7,
      dnsservers: [dns.address],
      ...settings,
    }),
    log: (line) => log.push(line),
    localAddresses: () => [OWN_ADDRESS, '2001:db8::99', 'fe80::99%eth0', '127.0.0.1', '::1'],
    translate: (address, port) => {
      connected.push(`${address}:${port}`);
      return { address: '127.0.0.1', port: ports.get(address) ?? refused };
    },
  });
  return {
    dns,
    agent,
    log,
    connected,
    async addSink(address, options) {
      const sink = await startSink(options);
      sinks.push(sink);
      ports.set(address, sink.port);
      return sink;
    },
    mapTo: (address, port) => void ports.set(address, port),
    async send(recipient, change = {}) {
      const message = change.message ?? Buffer.from('Subject: test\n\nhello\n');
      const outcome = await agent.deliver({
        id: '4711',
        path: '/nonexistent',
        size: message.length,
        message,
        sender: 'sender@our.test',
        recipient,
        ...change,
      });
      lastFate = outcome.fate;
      return outcome.code + outcome.text;
    },
    get lastFate() {
      return lastFate;
    },
    close() {
      closing ??= agent
        .close()
        .then(() => Promise.all([...sinks.map((sink) => sink.close()), dns.close()]))
        .then(() => {});
      return closing;
    },
  };
}

/** A port of loopback that answers no connection at all, as a host that is switched off. */
export interface DeadHost {
  readonly port: number;
  close(): Promise<void>;
}

// Listens with the shortest line and then never accepts: its thread sleeps.
const SLEEPER = `
  const { parentPort } = require('node:worker_threads');
  const server = require('node:net').createServer();
  server.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
    parentPort.postMessage(server.address().port);
    setImmediate(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0));
  });`;

/** Starts a dead host: its line is filled, so that the kernel lets further connections wait in vain. */
export async function startDeadHost(): Promise<DeadHost> {
  const worker = new Worker(SLEEPER, { eval: true });
  const port = await new Promise<number>((resolve) => worker.once('message', resolve));
  const sockets: Socket[] = [];
  const isAnswered = () =>
    new Promise<boolean>((resolve) => {
      const socket = connect({ port, host: '127.0.0.1' });
      sockets.push(socket);
      socket.on('error', () => {});
      const timer = setTimeout(() => resolve(false), 400);
      socket.once('connect', () => {
        clearTimeout(timer);
        resolve(true);
      });
    });
  while (await isAnswered()) if (sockets.length > 20) throw new Error('the dead host lives');
  return {
    port,
    async close() {
      for (const socket of sockets) socket.destroy();
      await worker.terminate();
    },
  };
}
