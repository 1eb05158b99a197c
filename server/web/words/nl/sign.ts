// Dutch of the keys that sign a domain's mail.
import type { Catalogue } from '../words.ts';

export const nlSign: Catalogue = {
  'dns.kind.dkim': 'Handtekeningen van de berichten (DKIM)',
  'dns.about.dkim': 'Laat anderen nagaan of berichten van het domein echt van u zijn.',
  'dns.why.dkim-several': 'Er zijn meerdere records en anderen nemen misschien het verkeerde. Houd er één.',
  'dns.why.dkim-revoked': 'Het record trekt de sleutel in: p is leeg. Vervang het record.',
  'dns.why.dkim-other-key': 'Het record bevat een andere sleutel, of geen. Vervang het.',
  'dns.why.dkim-testing': 'Het record zegt dat u alleen test. Verwijder t=y.',
  'signing.title': 'Ondertekenen (DKIM)',
  'signing.hint':
    'Uitgaande berichten worden ondertekend, zodat anderen kunnen nagaan dat ze van u zijn. De sleutels vinden ze in de DNS.',
  'signing.none':
    'Berichten van dit domein gaan zonder handtekening de deur uit. Veel servers houden zulke berichten voor spam.',
  'signing.right': 'Berichten worden ondertekend en anderen vinden de sleutels.',
  'signing.wrong':
    'Berichten worden ondertekend, maar anderen vinden de sleutels niet zoals ze moeten zijn. Publiceer de records hieronder.',
  'signing.waiting':
    'Er wachten nieuwe sleutels. Publiceer hun records; zodra anderen ze vinden, laat u ze ondertekenen.',
  'signing.state.current': 'ondertekent',
  'signing.state.next': 'wacht',
  'signing.state.old': 'rust',
  'signing.state.broken': 'defect',
  'signing.made': 'gemaakt {time}',
  'signing.copy': 'Kopiëren',
  'signing.copied': 'Gekopieerd',
  'signing.add': 'Sleutels maken',
  'signing.rotate': 'Nieuwe sleutels maken',
  'signing.rotateHint':
    'Sleutels kunt u het best één keer per jaar vervangen. De huidige ondertekenen tot u de nieuwe laat ondertekenen.',
  'signing.use': 'Laten ondertekenen',
  'signing.useAnyway': 'Toch laten ondertekenen',
  'signing.unpublished':
    'Anderen vinden deze sleutels nog niet: {keys}. Berichten die ermee ondertekend zijn, gelden dan als niet ondertekend.',
  'signing.remove': 'Verwijderen',
  'signing.removeTitle': 'De sleutel {key} verwijderen?',
  'signing.removeOld':
    'Laat het record nog een week in de DNS staan: berichten die onderweg zijn, worden er nog mee gecontroleerd.',
  'signing.removeCurrent':
    'Deze ondertekent nu. Zonder deze sleutel gaan berichten van dit domein misschien zonder handtekening weg.',
};
