// Passkeys in the browser (WebAuthn): asks the server for a question, the person for an answer, and posts it with the form
// that was there. On the sign-in page a passkey is offered beside the saved passwords as well (conditional mediation).
import { find } from './lib/fragment.ts';

interface Question {
  readonly options: {
    readonly challenge: string;
    readonly user?: { readonly id: string };
    readonly allowCredentials?: readonly { readonly id: string }[];
    readonly excludeCredentials?: readonly { readonly id: string }[];
  };
  readonly ticket: string;
}

const toBytes = (text: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (one) => one.charCodeAt(0));
const toText = (bytes: ArrayBuffer | null | undefined): string | undefined =>
  bytes
    ? btoa(String.fromCharCode(...new Uint8Array(bytes)))
        .replaceAll('+', '-')
        .replaceAll('/', '_')
        .replaceAll('=', '')
    : undefined;

/** The server's question with bytes where the browser wants bytes. */
function publicKeyOf({ options }: Question): never {
  const list = (ids: readonly { readonly id: string }[] | undefined) =>
    ids?.map((one) => ({ ...one, id: toBytes(one.id) }));
  return {
    ...options,
    challenge: toBytes(options.challenge),
    ...(options.user ? { user: { ...options.user, id: toBytes(options.user.id) } } : {}),
    ...(options.allowCredentials ? { allowCredentials: list(options.allowCredentials) } : {}),
    ...(options.excludeCredentials ? { excludeCredentials: list(options.excludeCredentials) } : {}),
  } as never;
}

/** The answer as the server reads it (WebAuthn Level 3 5.1, toJSON). */
function answerOf(credential: PublicKeyCredential): string {
  const response = credential.response as AuthenticatorAttestationResponse & AuthenticatorAssertionResponse;
  return JSON.stringify({
    id: credential.id,
    rawId: toText(credential.rawId),
    type: credential.type,
    clientExtensionResults: credential.getClientExtensionResults(),
    response: {
      clientDataJSON: toText(response.clientDataJSON),
      attestationObject: toText(response.attestationObject),
      transports: response.getTransports?.(),
      authenticatorData: toText(response.authenticatorData),
      signature: toText(response.signature),
      userHandle: toText(response.userHandle),
    },
  });
}

function say(form: HTMLFormElement, words: string): void {
  const place = find('[data-passkey-words]', form);
  if (!place) return;
  place.hidden = words === '';
  place.textContent = words;
}

function setField(form: HTMLFormElement, name: string, value: string): void {
  const field = find<HTMLInputElement>(`input[name="${name}"]`, form);
  if (field) field.value = value;
}

/** Asks the server; undefined: it said why not, on the form. */
async function ask(form: HTMLFormElement): Promise<Question | undefined> {
  const fields = [...new FormData(form)].filter(
    (pair): pair is [string, string] => typeof pair[1] === 'string',
  );
  const response = await fetch(form.dataset.passkey ?? '', {
    method: 'POST',
    headers: { 'X-Fragment': '1' },
    body: new URLSearchParams(fields),
  });
  const told = (await response.json()) as Question & { readonly words?: string };
  if (response.ok) return told;
  say(form, told.words ?? '');
  return undefined;
}

let conditional: AbortController | undefined;

async function run(form: HTMLFormElement, isConditional: boolean): Promise<void> {
  if (!isConditional) conditional?.abort();
  say(form, '');
  const question = await ask(form);
  if (!question) return;
  const publicKey = publicKeyOf(question);
  if (isConditional) conditional = new AbortController();
  const credential = question.options.user
    ? await navigator.credentials.create({ publicKey })
    : await navigator.credentials.get({
        publicKey,
        ...(isConditional ? { mediation: 'conditional', signal: conditional!.signal } : {}),
      });
  if (!(credential instanceof PublicKeyCredential)) return;
  setField(form, 'ticket', question.ticket);
  setField(form, 'credential', answerOf(credential));
  // What was ticked beside the password holds for the passkey too.
  const stay = find<HTMLInputElement>('input[name="stay"]:checked');
  if (stay) setField(form, 'stay', stay.value);
  form.submit();
}

/** Whoever closes the browser's dialog did nothing wrong; anything else is said. */
function explain(form: HTMLFormElement, error: unknown): void {
  const name = error instanceof Error ? error.name : '';
  if (name === 'NotAllowedError' || name === 'AbortError') return;
  const words = name === 'InvalidStateError' ? form.dataset.there : form.dataset.failed;
  say(form, words ?? '');
}

if ('PublicKeyCredential' in window)
  for (const form of document.querySelectorAll<HTMLFormElement>('form[data-passkey]')) {
    form.hidden = false;
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      run(form, false).catch((error: unknown) => explain(form, error));
    });
    if (form.dataset.conditional === undefined) continue;
    PublicKeyCredential.isConditionalMediationAvailable?.()
      .then((isThere) => (isThere ? run(form, true) : undefined))
      .catch((error: unknown) => explain(form, error));
  }
