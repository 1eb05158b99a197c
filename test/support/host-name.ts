// A page as it is under a host name: `fetch` always sends the one of its address.
import { request } from 'node:http';

/** The body of a page. `base` is `http://127.0.0.1:PORT`. */
export const pageUnder = (base: string, host: string, path: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const { port } = new URL(base);
    const asked = request({ host: '127.0.0.1', port, path, headers: { host } }, (res) => {
      let body = '';
      res.on('data', (part) => {
        body += part;
      });
      res.on('end', () => resolve(body));
    });
    asked.on('error', reject);
    asked.end();
  });
