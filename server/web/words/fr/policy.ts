// French of TLS between mail hosts.
import type { Catalogue } from '../words.ts';

export const frPolicy: Catalogue = {
  'sts.title': 'Remise chiffrée (MTA-STS)',
  'sts.hint':
    'Demande aux autres serveurs de ne remettre le courrier de {domain} que par TLS, à un serveur dont le certificat est valable. Cela prend effet dès que les enregistrements de la page DNS sont publiés.',
  'sts.mode': 'Politique',
  'sts.off': 'Aucune',
  'sts.testing': 'Essai : les autres signalent les échecs et remettent quand même',
  'sts.enforce': 'Imposée : les autres remettent par TLS vérifié, sinon pas du tout',
  'sts.none':
    'Retirée : les autres oublient la politique. Laissez-la ainsi aussi longtemps qu’ils l’ont gardée avant de choisir « Aucune ».',
  'sts.age': 'Les autres la gardent',
  'sts.days': { one: '{n} jour', many: '{n} jours', other: '{n} jours' },
  'sts.choose': 'Choisissez une politique.',
  'sts.saved': 'La politique de {domain} est enregistrée.',
  'sts.wrong':
    'Une ligne de control/mtasts est fausse : aucune politique n’est publiée. Corrigez-la d’abord.',
  'sts.served': 'Ce qui est publié',
  'dns.kind.mta-sts': 'Remise chiffrée (MTA-STS)',
  'dns.about.mta-sts': 'Indique aux autres serveurs qu’une politique TLS est publiée ici, et où.',
  'dns.kind.tlsrpt': 'Rapports sur TLS',
  'dns.about.tlsrpt': 'Indique où les autres serveurs signalent les échecs de TLS vers le domaine.',
  'dns.kind.tlsa': 'Clé du serveur de messagerie (DANE)',
  'dns.about.tlsa':
    'Nomme la clé du serveur de messagerie pour qui vérifie DNSSEC ; n’est utile que dans une zone signée. Changez-le avant de changer de clé.',
  'dns.why.sts-id':
    'Son identifiant n’est pas celui de la politique publiée ici ; les autres gardent donc l’ancienne.',
  'dns.why.tlsrpt-nowhere': 'Il ne nomme aucune adresse pour les rapports.',
  'dns.why.tlsa-other':
    'Il nomme une autre clé que celle du serveur de messagerie : qui vérifie retient le courrier.',
  'dns.why.several': 'Il y en a plusieurs ; alors aucun ne compte.',
  'tlsrpt.title': 'Rapports TLS',
  'tlsrpt.hint': 'Ce que les autres serveurs disent de TLS vers ce domaine, ces 30 derniers jours.',
  'tlsrpt.noAddress':
    'Les rapports TLS sont lus là où le sont les rapports DMARC. Créez d’abord cette adresse, puis publiez l’enregistrement de la page DNS.',
  'tlsrpt.none':
    'Aucun rapport pour l’instant. Les serveurs qui écrivent au domaine envoient un rapport par jour quand l’enregistrement est publié.',
  'tlsrpt.failures': 'Ce qui a échoué',
  'tlsrpt.allGood': 'Rien n’a échoué.',
  'tlsrpt.what': 'Quoi',
  'tlsrpt.sessions': 'Sessions',
  'tlsrpt.good': 'Réussies',
  'tlsrpt.failed': 'Échouées',
  'tlsrpt.others': { one: 'et {n} autre', many: 'et {n} autres', other: 'et {n} autres' },
  'tlsrpt.why.starttls-not-supported': 'Le serveur de messagerie ne proposait pas TLS.',
  'tlsrpt.why.certificate-host-mismatch':
    'Le certificat est pour un autre nom. Prenez-en un au nom du serveur de messagerie.',
  'tlsrpt.why.certificate-expired': 'Le certificat a expiré. Renouvelez-le.',
  'tlsrpt.why.certificate-not-trusted':
    'Aucune autorité reconnue ne garantit le certificat, ou sa chaîne est incomplète.',
  'tlsrpt.why.tlsa-invalid': 'L’enregistrement TLSA est mal formé.',
  'tlsrpt.why.dnssec-invalid': 'Les signatures DNSSEC de la zone sont fausses ou trop vieilles.',
  'tlsrpt.why.dane-required': 'DANE était exigé, et il n’y avait pas d’enregistrement TLSA.',
  'tlsrpt.why.sts-policy-fetch-error': 'La politique MTA-STS n’a pas pu être obtenue.',
  'tlsrpt.why.sts-policy-invalid': 'La politique MTA-STS est mal formée.',
  'tlsrpt.why.sts-webpki-invalid': 'Le certificat du nom mta-sts n’est pas valable.',
  'tlsrpt.why.validation-failure':
    'TLS a échoué pour une autre raison : un enregistrement TLSA d’une autre clé, un serveur que la politique ne nomme pas, ou une négociation rompue.',
};
