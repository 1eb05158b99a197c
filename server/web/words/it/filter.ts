// Italian of the junk filter: its settings, and why a message is in Junk.
import type { Catalogue } from '../words.ts';

export const itFilter: Catalogue = {
  'filter.lead':
    'Il tuo filtro impara da ciò che sposti in Spam e da ciò che ne togli. La nuova posta che sembra spam va in Spam, mai altrove.',
  'filter.none': 'Qui non ci sono filtri. Il tuo amministratore può attivarli.',
  'filter.use': 'Usa il mio filtro',
  'filter.strictness': 'Severità',
  'filter.careful': 'Prudente: più spam nella posta in arrivo, quasi mai posta buona in Spam',
  'filter.normal': 'Normale',
  'filter.keen': 'Severo: meno spam nella posta in arrivo, ogni tanto posta buona in Spam',
  'filter.learnedJunk': 'Imparati come spam',
  'filter.learnedGood': 'Imparati come posta buona',
  'filter.begins': 'Comincia a smistare quando conosce {count} messaggi di ogni tipo.',
  'filter.fromFolders': 'Impara dalle mie cartelle',
  'filter.fromFoldersHint':
    'Ciò che è in Spam viene imparato come spam, ciò che hai letto nelle altre cartelle come posta buona.',
  'filter.learning': 'Apprendimento dalle tue cartelle',
  'filter.learned': {
    one: '{n} messaggio era nuovo per il tuo filtro.',
    many: '{n} messaggi erano nuovi per il tuo filtro.',
    other: '{n} messaggi erano nuovi per il tuo filtro.',
  },
  'filter.forget': 'Dimentica tutto',
  'filter.forgetHint':
    'Il tuo filtro dimentica ciò che ha imparato e ricomincia da capo. La tua posta resta com’è.',
  'filter.forgotten': 'Il tuo filtro ha dimenticato tutto.',
  'filter.why.words': 'Facteur pensa che sia spam: parole come {words}.',
  'filter.why.filter': 'Facteur pensa che sia spam.',
  'filter.why.sender': 'Non è stato possibile confermare l’indirizzo del mittente.',
  'filter.why.listed': 'È passato da un server elencato fra quelli che inviano spam.',
  'filter.why.scanner': 'Un programma di analisi lo ha considerato spam.',
  'filter.why.door': 'Sembrava sospetto al suo arrivo.',
};
