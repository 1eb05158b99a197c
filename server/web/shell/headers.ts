// The response headers of each class of answer (security.md H3). Every answer of the role starts as an application
// page; static files, message bodies and attachments replace what differs for them.
import type { IncomingMessage, ServerResponse } from 'node:http';

/** Content-Security-Policy of application pages: nothing inline, nothing foreign. */
export const pagePolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  // Sound and film of a message, in its viewer; what is served there is judged by its bytes.
  "media-src 'self'",
  "font-src 'self'",
  "connect-src 'self'",
  "frame-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
  "object-src 'none'",
  "manifest-src 'self'",
  // Only the one policy of static/lib/fragment.ts may turn text into nodes.
  'trusted-types facteur',
  "require-trusted-types-for 'script'",
].join('; ');

const permissions = [
  'accelerometer',
  'autoplay',
  'browsing-topics',
  'camera',
  'display-capture',
  'encrypted-media',
  'geolocation',
  'gyroscope',
  'hid',
  'idle-detection',
  'local-fonts',
  'magnetometer',
  'microphone',
  'midi',
  'payment',
  'screen-wake-lock',
  'serial',
  'usb',
  'xr-spatial-tracking',
]
  .map((feature) => `${feature}=()`)
  .join(', ');

/** Headers of application pages, whatever the status, also for errors and redirects. */
export const pageHeaders: Readonly<Record<string, string>> = {
  'Content-Security-Policy': pagePolicy,
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Permissions-Policy': permissions,
  'X-Frame-Options': 'DENY',
  'Cache-Control': 'no-store',
};

/** Headers of everything that a message carries, and of downloads made of it (security.md H3, attachments). */
export const fileHeaders: Readonly<Record<string, string>> = {
  'Content-Security-Policy': "sandbox; default-src 'none'; frame-ancestors 'self'",
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cache-Control': 'private, no-store',
  'Cross-Origin-Resource-Policy': 'same-origin',
};

/** Headers of the immutable files below /static/<hash>/. */
export const staticHeaders: Readonly<Record<string, string>> = {
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Cache-Control': 'public, max-age=31536000, immutable',
};

/**
 * Headers of what a page's own script asks for (`X-Fragment`, which no navigation can send): such an answer never becomes
 * a document, so what rules documents is said in short. It is half of a small answer.
 */
const fragmentHeaders: Readonly<Record<string, string>> = {
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Cache-Control': 'no-store',
};

export function setHeaders(res: ServerResponse, headers: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(headers)) res.setHeader(name, value);
}

/** Gives an answer the headers of an application page, or of a part of one, before anything else looks at the request. */
export function setPageHeaders(req: IncomingMessage, res: ServerResponse, next: () => void): void {
  setHeaders(res, req.headers['x-fragment'] === undefined ? pageHeaders : fragmentHeaders);
  next();
}
