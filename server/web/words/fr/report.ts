// French of DNS records, the set-up of mail programs and the reports of other hosts.
import type { Catalogue } from '../words.ts';

export const frReport: Catalogue = {
  'dns.again': 'Vérifier à nouveau',
  'dns.kind.setup': 'Réglages des logiciels de messagerie',
  'dns.about.mx': 'Indique aux autres serveurs lequel reçoit le courrier du domaine.',
  'dns.about.address': 'Mène du nom du serveur de messagerie à cette machine.',
  'dns.about.reverse':
    'Mène de l’adresse au nom ; sans lui, beaucoup de serveurs refusent le courrier de cette adresse.',
  'dns.about.spf': 'Énumère les serveurs qui peuvent envoyer au nom du domaine.',
  'dns.about.dmarc':
    'Dit ce que les autres doivent faire du courrier qui prétend seulement venir de vous, et où le signaler.',
  'dns.about.service': 'Permet aux logiciels de messagerie de trouver serveur et port avec la seule adresse.',
  'dns.about.setup': 'Permet à Thunderbird et Outlook d’obtenir leurs réglages avec la seule adresse.',
  'dns.about.caa':
    'Nomme qui peut émettre des certificats pour le serveur de messagerie ; les autres doivent refuser.',
  'dns.why.alias-elsewhere': 'Il mène à {value}, pas à ce serveur.',
};
