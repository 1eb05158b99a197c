// The SASL exchange of AUTH over POP3 (RFC 5034), with or without an initial response. The steps are those of
// mta/smtpd/auth.ts; here is how they go over this wire. Nothing of it is ever logged.
import type { AuthStep } from '../../mta/smtpd/auth.ts';
import type { SessionPort } from '../door/line-connection.ts';

/** RFC 4422 3; security.md R5: bytes of one answer. */
const longestAnswer = 12 * 1024;

/** How often a session has tried. */
export interface SignIn {
  tries: number;
}

/** Asks until there are credentials or a proof to check, or who it is, or a refusal. */
export async function authenticate(
  port: SessionPort,
  begun: AuthStep,
): Promise<Exclude<AuthStep, { kind: 'ask' | 'wait' | 'refuse' }> | { readonly refusal: string }> {
  let step = begun;
  while (step.kind === 'ask' || step.kind === 'wait') {
    if (step.kind === 'wait') {
      step = await step.next();
      continue;
    }
    // `334 text` of SMTP is `+ text` here.
    await port.write(`+ ${step.reply.text.slice(4)}\r\n`);
    port.flush();
    const line = await port.reader.readLine(longestAnswer);
    if (line.kind === 'end') return { refusal: '-ERR the exchange was given up' };
    if (line.kind === 'too long') return { refusal: '-ERR the answer is too long' };
    step = step.answer(line.text);
  }
  if (step.kind !== 'refuse') return step;
  const { text } = step.reply;
  if (text.startsWith('504')) return { refusal: '-ERR there is no such mechanism' };
  // 501: malformed, or given up by `*`.
  return {
    refusal: text.startsWith('501')
      ? '-ERR the exchange was given up'
      : '-ERR [AUTH] name or password is wrong',
  };
}
