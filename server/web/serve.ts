// The HTTP server of the web role: limits of connections and of time before anything is read (security.md W11), and an end
// that lets answers under way finish for ten seconds. What is answered is web.ts's.
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { makeClientMatcher } from '../../mta/control/network.ts';
import type { Service } from '../../mta/service.ts';
import { limitConnections, limitRequestTime } from './shell/limits.ts';
import { listen } from './shell/listen.ts';
import type { WebOptions } from './types.ts';
import { createWebApp, type WebApp } from './web.ts';

/** Starts the role; its address is named `http`. Rejects when the port is taken or the browser files are not built. */
export async function startWeb(options: WebOptions): Promise<Service> {
  return serveWebApp(await createWebApp(options), options);
}

/** Puts an application behind an HTTP server with the limits of security.md W11. Closes it when that fails. */
export async function serveWebApp({ app, endStreams, close }: WebApp, options: WebOptions): Promise<Service> {
  // Node's parser is strict by itself (no obs-fold, no two lengths).
  const server = createServer(
    { maxHeaderSize: 16 * 1024, headersTimeout: 10_000, requestTimeout: 0, keepAliveTimeout: 15_000 },
    (req: IncomingMessage, res) => {
      limitRequestTime(req);
      app(req, res);
    },
  );
  server.maxHeadersCount = 100;
  server.maxConnections = 5000;
  limitConnections(server, 100, makeClientMatcher(options.trustedProxies ?? []));
  let address: AddressInfo;
  try {
    address = await listen(server, options);
  } catch (error) {
    await close();
    throw error;
  }
  let closing: Promise<void> | undefined;
  return {
    addresses: [{ name: 'http', address: `${options.host}:${address.port}`, port: address.port }],
    close() {
      closing ??= new Promise<void>((resolve) => {
        const hurry = setTimeout(() => server.closeAllConnections(), 10_000);
        server.close(() => {
          clearTimeout(hurry);
          void close().finally(resolve);
        });
        endStreams();
        server.closeIdleConnections();
      });
      return closing;
    },
  };
}
