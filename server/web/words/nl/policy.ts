// Dutch of TLS between mail hosts.
import type { Catalogue } from '../words.ts';

export const nlPolicy: Catalogue = {
  'sts.title': 'Versleutelde bezorging (MTA-STS)',
  'sts.hint':
    'Zegt andere servers dat ze mail voor {domain} alleen via TLS bezorgen, en alleen bij een server met een goed certificaat. Het geldt zodra de records van de DNS-pagina gepubliceerd zijn.',
  'sts.mode': 'Beleid',
  'sts.off': 'Uit',
  'sts.testing': 'Test: anderen melden wat mislukt en bezorgen toch',
  'sts.enforce': 'Afdwingen: anderen bezorgen via gecontroleerde TLS of helemaal niet',
  'sts.none':
    'Ingetrokken: anderen vergeten het beleid. Laat het zo lang staan als zij het bewaarden, voordat u ‘Uit’ kiest.',
  'sts.age': 'Anderen bewaren het',
  'sts.days': { one: '{n} dag', other: '{n} dagen' },
  'sts.choose': 'Kies een beleid.',
  'sts.saved': 'Het beleid van {domain} is opgeslagen.',
  'sts.wrong':
    'In control/mtasts staat een foute regel, dus wordt geen beleid aangeboden. Verbeter die eerst.',
  'sts.served': 'Wat wordt aangeboden',
  'dns.kind.mta-sts': 'Versleutelde bezorging (MTA-STS)',
  'dns.about.mta-sts': 'Zegt andere servers dat hier een beleid over TLS wordt aangeboden, en waar.',
  'dns.kind.tlsrpt': 'Rapporten over TLS',
  'dns.about.tlsrpt': 'Zegt waar andere servers melden wat met TLS misging op weg naar het domein.',
  'dns.kind.tlsa': 'Sleutel van de mailserver (DANE)',
  'dns.about.tlsa':
    'Noemt de sleutel van de mailserver voor wie DNSSEC controleert; nuttig alleen in een ondertekende zone. Wijzig het voordat de sleutel verandert.',
  'dns.why.sts-id':
    'Het kenmerk is niet dat van het beleid dat hier wordt aangeboden, dus houden anderen het oude.',
  'dns.why.tlsrpt-nowhere': 'Het noemt geen adres voor rapporten.',
  'dns.why.tlsa-other':
    'Het noemt een andere sleutel dan de mailserver heeft: wie dat controleert, houdt mail tegen.',
  'dns.why.several': 'Er zijn er meer; dan telt er geen.',
};
