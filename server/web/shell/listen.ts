// A server that listens: the promise of its address, or the reason why it may not (address in use, no right).
import type { AddressInfo, Server } from 'node:net';
import { type ListenPlace, listenOptions } from '../../../mta/service.ts';

/** @throws what the system says */
export function listen(server: Server, place: ListenPlace): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(listenOptions(place), () => {
      server.off('error', reject);
      resolve(server.address() as AddressInfo);
    });
  });
}
