// A mail server of benchmarks that takes every letter and keeps none: run as a program with an address and a port, it says
// where it listens, and answers every message of the one who started it with the numbers of letters and recipients so far.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { fileURLToPath } from 'node:url';

function serve(host: string, port: number): void {
  let letters = 0;
  let recipients = 0;
  const server = createServer((socket) => {
    let isBody = false;
    let named = 0;
    let rest = '';
    socket.setNoDelay(true);
    socket.setEncoding('latin1');
    socket.on('error', () => socket.destroy());
    socket.on('data', (text: string) => {
      rest += text;
      let answers = '';
      for (;;) {
        if (isBody) {
          const end = rest.indexOf('\r\n.\r\n');
          if (end < 0) {
            rest = rest.slice(-4);
            break;
          }
          rest = rest.slice(end + 5);
          isBody = false;
          letters += 1;
          recipients += named;
          named = 0;
          answers += '250 taken\r\n';
        }
        const end = rest.indexOf('\r\n');
        if (end < 0) break;
        const command = rest.slice(0, end).toUpperCase();
        rest = rest.slice(end + 2);
        if (command.startsWith('EHLO')) answers += '250-sink\r\n250-PIPELINING\r\n250 8BITMIME\r\n';
        else if (command === 'DATA') {
          answers += '354 go on\r\n';
          isBody = true;
        } else if (command === 'QUIT') answers += '221 bye\r\n';
        else {
          if (command.startsWith('RCPT')) named += 1;
          answers += '250 ok\r\n';
        }
      }
      if (answers !== '') socket.write(answers);
    });
    socket.write('220 sink\r\n');
  });
  server.listen(port, host, () => process.send?.((server.address() as AddressInfo).port));
  process.on('message', () => process.send?.([letters, recipients]));
  process.once('disconnect', () => process.exit());
}

export interface SinkProcess {
  readonly port: number;
  /** Letters taken so far. */
  count(): Promise<number>;
  /** Recipients of these. */
  countRecipients(): Promise<number>;
  stop(): Promise<void>;
}

/** Starts it as a process of its own. @param port 0: any */
export async function startSinkProcess(host: string, port: number): Promise<SinkProcess> {
  const child = spawn(process.execPath, [fileURLToPath(import.meta.url), host, String(port)], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const [listening] = (await once(child, 'message')) as [number];
  const ask = async (at: 0 | 1): Promise<number> => {
    const answer = once(child, 'message');
    child.send('count');
    return ((await answer)[0] as [number, number])[at];
  };
  return {
    port: listening,
    count: () => ask(0),
    countRecipients: () => ask(1),
    async stop() {
      child.disconnect();
      await once(child, 'exit');
    },
  };
}

if (import.meta.main) serve(process.argv[2] as string, Number(process.argv[3]));
