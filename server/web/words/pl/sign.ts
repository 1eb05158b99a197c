// Polish of the keys that sign a domain's mail.
import type { Catalogue } from '../words.ts';

export const plSign: Catalogue = {
  'dns.kind.dkim': 'Podpisy wiadomości (DKIM)',
  'dns.about.dkim': 'Pozwala innym sprawdzić, że wiadomości z tej domeny są naprawdę od Ciebie.',
  'dns.why.dkim-several': 'Jest kilka rekordów i inni mogą wziąć niewłaściwy. Zostaw jeden.',
  'dns.why.dkim-revoked': 'Rekord unieważnia klucz: jego p jest puste. Zastąp rekord.',
  'dns.why.dkim-other-key': 'Rekord zawiera inny klucz albo żaden. Zastąp go.',
  'dns.why.dkim-testing': 'Rekord mówi, że to tylko test. Usuń t=y.',
  'signing.title': 'Podpisywanie (DKIM)',
  'signing.hint':
    'Wychodzące wiadomości są podpisywane, aby inni mogli sprawdzić, że są od Ciebie. Klucze znajdują w DNS.',
  'signing.none':
    'Wiadomości z tej domeny wychodzą bez podpisu. Wiele serwerów uznaje takie wiadomości za spam.',
  'signing.right': 'Wiadomości są podpisywane, a inni znajdują klucze.',
  'signing.wrong':
    'Wiadomości są podpisywane, ale inni nie znajdują kluczy takich, jakie być powinny. Opublikuj rekordy poniżej.',
  'signing.waiting': 'Nowe klucze czekają. Opublikuj ich rekordy; gdy inni je znajdą, pozwól im podpisywać.',
  'signing.state.current': 'podpisuje',
  'signing.state.next': 'czeka',
  'signing.state.old': 'odpoczywa',
  'signing.state.broken': 'uszkodzony',
  'signing.made': 'utworzono {time}',
  'signing.copy': 'Kopiuj',
  'signing.copied': 'Skopiowano',
  'signing.add': 'Utwórz klucze',
  'signing.rotate': 'Utwórz nowe klucze',
  'signing.rotateHint':
    'Klucze najlepiej zmieniać raz w roku. Obecne podpisują, dopóki nie pozwolisz podpisywać nowym.',
  'signing.use': 'Niech podpisują',
  'signing.useAnyway': 'Niech podpisują mimo to',
  'signing.unpublished':
    'Inni jeszcze nie znajdują tych kluczy: {keys}. Wiadomości nimi podpisane liczyłyby się jako niepodpisane.',
  'signing.remove': 'Usuń',
  'signing.removeTitle': 'Usunąć klucz {key}?',
  'signing.removeOld':
    'Zostaw jego rekord w DNS jeszcze przez tydzień: wiadomości w drodze są nim nadal sprawdzane.',
  'signing.removeCurrent': 'Teraz podpisuje. Bez niego wiadomości z tej domeny mogą wychodzić bez podpisu.',
};
