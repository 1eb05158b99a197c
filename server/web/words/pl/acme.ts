// Polish of ../en-acme.ts.
import type { Catalogue } from '../words.ts';

export const plAcme: Catalogue = {
  'acme.title': 'Pobieranie certyfikatów',
  'acme.hint':
    'Ten serwer zamawia certyfikaty w urzędzie certyfikacji, dowodzi mu, że nazwy należą do niego, i odnawia je na czas. Urząd musi go w tym celu osiągnąć z zewnątrz na porcie 80 lub 443.',
  'acme.directory': 'Adres katalogu urzędu',
  'acme.directoryHint': 'Wpisany jest Let’s Encrypt. Do prób bez jego limitów: {address}',
  'acme.contact': 'Twój adres e-mail',
  'acme.contactHint': 'Urząd może tam napisać, gdy coś będzie nie tak. Kilka adresów oddziel spacjami.',
  'acme.names': 'Nazwy',
  'acme.namesHint': 'Jeden certyfikat w wierszu, jego nazwy oddzielone spacjami. Ten serwer to {me}.',
  'acme.pages':
    'Także dla nazw potrzebnych naszym stronom, jeśli DNS prowadzi je tutaj: mta-sts, autoconfig i autodiscover domen oraz nazwy poczty w przeglądarce',
  'acme.external': 'Urząd obsługuje tylko klientów',
  'acme.externalHint':
    'Daje klientom identyfikator klucza i klucz (External Account Binding). Let’s Encrypt ich nie potrzebuje.',
  'acme.keyId': 'Identyfikator klucza',
  'acme.key': 'Klucz (HMAC)',
  'acme.keyKept': 'Klucz jest zapisany. Zostaw oba pola puste, aby go zachować.',
  'acme.terms': 'Warunki korzystania',
  'acme.termsHint': 'Przeczytaj, czego urząd od Ciebie wymaga:',
  'acme.agree': 'Zgadzam się na te warunki',
  'acme.agreeFirst': 'Bez Twojej zgody urząd nie wystawia certyfikatów.',
  'acme.continue': 'Dalej',
  'acme.start': 'Pobieraj certyfikaty',
  'acme.stop': 'Nie pobieraj więcej',
  'acme.stopHint': 'Obecne certyfikaty zostają do końca ważności.',
  'acme.change': 'Zmień, co jest pobierane',
  'acme.saved': 'Zapisano. Certyfikaty są pobierane.',
  'acme.stopped': 'Certyfikaty nie są już pobierane.',
  'acme.unanswered': 'Nie można odczytać katalogu urzędu.',
  'acme.noDirectory': 'Podaj adres katalogu urzędu.',
  'acme.bothKeys': 'Identyfikator i klucz należą do siebie: podaj oba.',
  'acme.expected': 'Oczekiwano: {what}',
  'acme.now': 'Teraz',
  'acme.forPage': 'dla strony',
  'acme.step.account': 'Logowanie do urzędu',
  'acme.step.order': 'Zamawianie certyfikatu',
  'acme.step.prove': 'Urząd sprawdza {name}',
  'acme.step.make': 'Urząd wystawia certyfikat',
  'acme.step.install': 'Umieszczanie na miejscu',
  'acme.step.soon': 'Zostanie pobrany za chwilę',
  'acme.fault.unauthorized':
    'Urząd znalazł pod tą nazwą coś innego niż nasz dowód. Czy nazwa prowadzi do tego serwera i nic przed nim nie stoi?',
  'acme.fault.connection':
    'Urząd nie dociera do tego serwera. Czy porty 80 i 443 są otwarte z zewnątrz i czy wszystkie adresy nazwy prowadzą tutaj?',
  'acme.fault.dns': 'Urząd nie znajduje nazwy w DNS.',
  'acme.fault.tls': 'Urząd nie mógł nawiązać połączenia TLS z tym serwerem.',
  'acme.fault.caa': 'Rekord CAA domeny zabrania tego urzędu. Dodaj go tam albo wybierz inny.',
  'acme.fault.rateLimited': 'Dla urzędu to na razie za dużo. Próba zostanie ponowiona, gdy na to pozwoli.',
  'acme.fault.rejectedIdentifier': 'Urząd nie wystawia certyfikatów dla tej nazwy.',
  'acme.fault.externalAccountRequired':
    'Urząd obsługuje tylko klientów. Podaj identyfikator klucza i klucz, które od niego masz.',
  'acme.fault.userActionRequired':
    'Urząd wymaga najpierw czegoś od Ciebie, na przykład zgody na nowe warunki.',
  'acme.fault.invalidContact': 'Urząd nie przyjmuje adresu e-mail.',
  'acme.fault.unreachable': 'Urząd nie odpowiada.',
  'acme.fault.slow': 'Urząd nie zdecydował na czas. Zostanie zapytany ponownie.',
  'acme.fault.noProof':
    'Urząd chce dowodu, którego nie można tu dać. Nazwa z gwiazdką wymaga ustawienia acmehook.',
  'acme.fault.hook': 'Program z acmehook zawiódł.',
  'acme.fault.garbage': 'Odpowiedź urzędu nie ma sensu albo ma on własną usterkę.',
};
