// The HTTP servers of the web role, in clear text and with TLS: limits of connections and of time before anything is read
// (security.md W11), and an end that lets answers under way finish for ten seconds. Where there is a door with TLS, the plain
// one sends people there; proxies, this machine and certificate authorities are answered. What is answered is web.ts's.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Server as NetServer } from 'node:net';
import { proofPath } from '../../mta/acme/proofs.ts';
import { makeClientMatcher } from '../../mta/control/network.ts';
import { addressOf, isLoopback } from '../../mta/listening.ts';
import type { ListenAddress, ListenPlace, Service } from '../../mta/service.ts';
import { limitConnections, limitRequestTime } from './shell/limits.ts';
import { listen } from './shell/listen.ts';
import { createSecureDoor } from './shell/secure-door.ts';
import type { WebOptions } from './types.ts';
import { createWebApp, type WebApp } from './web.ts';

/** Starts the role; its addresses are named `http` and `https`. Rejects when a port is taken or the browser files are not built. */
export async function startWeb(options: WebOptions): Promise<Service> {
  return serveWebApp(await createWebApp(options), options);
}

const mostConnections = 5000;
const mostOfOneAddress = 100;

type Answer = (req: IncomingMessage, res: ServerResponse) => void;

function createHttpServer(answer: Answer): Server {
  // Node's parser is strict by itself (no obs-fold, no two lengths).
  const server = createServer(
    { maxHeaderSize: 16 * 1024, headersTimeout: 10_000, requestTimeout: 0, keepAliveTimeout: 15_000 },
    (req, res) => {
      limitRequestTime(req);
      answer(req, res);
    },
  );
  server.maxHeadersCount = 100;
  server.maxConnections = mostConnections;
  return server;
}

/** Puts an application behind HTTP servers with the limits of security.md W11. Closes it when that fails. */
export async function serveWebApp({ app, endStreams, close }: WebApp, options: WebOptions): Promise<Service> {
  const isProxy = makeClientMatcher(options.trustedProxies ?? []);
  const addresses: ListenAddress[] = [];
  const servers: Server[] = [];
  const listeners: NetServer[] = [];
  let securePort = 0;
  const add = async (name: string, server: NetServer, place: ListenPlace): Promise<void> => {
    limitConnections(server, mostOfOneAddress, isProxy);
    const { port } = await listen(server, place);
    listeners.push(server);
    addresses.push(
      place.descriptor === undefined
        ? { name, address: `${place.host}:${port}`, port }
        : addressOf(server, name),
    );
  };
  const answerSecurely: Answer = (req, res) => {
    // security.md, TLS: whoever came over TLS once does not come without again.
    res.setHeader('Strict-Transport-Security', 'max-age=31536000');
    app(req, res);
  };
  const answerPlainly: Answer = (req, res) => {
    const proof = findProof(req, options);
    if (proof !== undefined) return sendText(res, proof === '' ? 404 : 200, proof);
    const ip = (req.socket.remoteAddress ?? '').replace(/^::ffff:(?=[0-9.]+$)/i, '');
    if (securePort === 0 || isLoopback(ip) || isProxy(ip)) return app(req, res);
    const place = secureAddress(req, securePort);
    if (place === undefined) return sendText(res, 400, 'This is a web server with names.\n');
    res.writeHead(308, { Location: place, 'Cache-Control': 'no-store' }).end();
  };
  try {
    const { plain, secure, certificateProofs } = options;
    if (secure) {
      const http = createHttpServer(answerSecurely);
      servers.push(http);
      const door = createSecureDoor(http, secure.contexts, certificateProofs);
      door.maxConnections = mostConnections;
      await add('https', door, secure);
      securePort = addresses.at(-1)?.port ?? 0;
    }
    if (plain) {
      const http = createHttpServer(answerPlainly);
      servers.push(http);
      await add('http', http, plain);
    }
  } catch (error) {
    for (const server of listeners) server.close();
    await close();
    throw error;
  }
  let closing: Promise<void> | undefined;
  return {
    addresses: addresses.reverse(),
    close() {
      closing ??= (async () => {
        const ended = Promise.all(listeners.map((one) => new Promise((resolve) => one.close(resolve))));
        const hurry = setTimeout(() => {
          for (const server of servers) server.closeAllConnections();
        }, 10_000);
        endStreams();
        for (const server of servers) server.closeIdleConnections();
        await ended;
        clearTimeout(hurry);
        await close();
      })();
      return closing;
    },
  };
}

/** What a certificate authority asks for; '': a token that is none of ours; undefined: it is another request. */
function findProof(
  { method, url = '' }: IncomingMessage,
  { certificateProofs: proofs }: WebOptions,
): string | undefined {
  if (proofs === undefined || !url.startsWith(proofPath)) return undefined;
  return (method === 'GET' && proofs.textOf(url.slice(proofPath.length))) || '';
}

function sendText(res: ServerResponse, status: number, text: string): void {
  res.writeHead(status, { 'Content-Type': 'text/plain', 'X-Content-Type-Options': 'nosniff' }).end(text);
}

/** The same page behind the door with TLS, by the name that the browser gave. */
function secureAddress({ headers, url = '/' }: IncomingMessage, port: number): string | undefined {
  const host = /^([A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:.]+\])(?::\d+)?$/.exec(headers.host ?? '')?.[1];
  if (host === undefined || !/^\/[\x21-\x7e]*$/.test(url)) return undefined;
  return `https://${host}${port === 443 ? '' : `:${port}`}${url}`;
}
