// E-mail links of other pages open here (webmail.md W3): the browser is asked on a button of the settings, and asks in turn.
// It does so only over TLS or on the machine itself; elsewhere the offer does not show.
import { find } from '../lib/fragment.ts';

const offer = find('#mailto');
if (offer && isSecureContext && 'registerProtocolHandler' in navigator) {
  offer.hidden = false;
  find('button', offer)?.addEventListener('click', () =>
    navigator.registerProtocolHandler('mailto', `${location.origin}/compose?to=%s`),
  );
}
