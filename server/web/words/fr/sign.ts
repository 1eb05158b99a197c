// French of the keys that sign a domain's mail.
import type { Catalogue } from '../words.ts';

export const frSign: Catalogue = {
  'dns.kind.dkim': 'Signatures des messages (DKIM)',
  'dns.about.dkim': 'Permet aux autres de vérifier que les messages du domaine viennent bien de vous.',
  'dns.why.dkim-several':
    'Il y a plusieurs enregistrements, et d’autres peuvent prendre le mauvais. Gardez-en un seul.',
  'dns.why.dkim-revoked': 'L’enregistrement révoque la clé : son p est vide. Remplacez l’enregistrement.',
  'dns.why.dkim-other-key': 'L’enregistrement contient une autre clé, ou aucune. Remplacez-le.',
  'dns.why.dkim-testing': 'L’enregistrement dit que vous ne faites que des essais. Retirez t=y.',
  'signing.title': 'Signature (DKIM)',
  'signing.hint':
    'Les messages sortants sont signés, pour que les autres puissent vérifier qu’ils viennent de vous. Ils trouvent les clés dans le DNS.',
  'signing.none':
    'Les messages de ce domaine partent sans signature. Beaucoup de serveurs les prennent pour du courrier indésirable.',
  'signing.right': 'Les messages sont signés, et les autres trouvent les clés.',
  'signing.wrong':
    'Les messages sont signés, mais les autres ne trouvent pas les clés telles qu’elles devraient être. Publiez les enregistrements ci-dessous.',
  'signing.waiting':
    'De nouvelles clés attendent. Publiez leurs enregistrements ; une fois que les autres les trouvent, faites-les signer.',
  'signing.state.current': 'signe',
  'signing.state.next': 'attend',
  'signing.state.old': 'au repos',
  'signing.state.broken': 'défectueuse',
  'signing.made': 'créée {time}',
  'signing.copy': 'Copier',
  'signing.copied': 'Copié',
  'signing.add': 'Créer des clés',
  'signing.rotate': 'Créer de nouvelles clés',
  'signing.rotateHint':
    'Il vaut mieux changer de clés une fois par an. Les actuelles signent jusqu’à ce que vous fassiez signer les nouvelles.',
  'signing.use': 'Faire signer',
  'signing.useAnyway': 'Faire signer quand même',
  'signing.unpublished':
    'Les autres ne trouvent pas encore ces clés : {keys}. Les messages qu’elles signent passeraient pour non signés.',
  'signing.remove': 'Supprimer',
  'signing.removeTitle': 'Supprimer la clé {key} ?',
  'signing.removeOld':
    'Laissez son enregistrement encore une semaine dans le DNS : les messages en route sont encore vérifiés avec elle.',
  'signing.removeCurrent':
    'Elle signe en ce moment. Sans elle, les messages de ce domaine peuvent partir sans signature.',
};
