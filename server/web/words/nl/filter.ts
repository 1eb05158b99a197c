// Dutch of the junk filter: its settings, and why a message is in Junk.
import type { Catalogue } from '../words.ts';

export const nlFilter: Catalogue = {
  'filter.lead':
    'Je eigen filter leert van wat je naar Spam verplaatst en van wat je er weer uithaalt. Nieuwe e-mail die op spam lijkt, gaat naar Spam en nergens anders heen.',
  'filter.none': 'Er zijn hier geen filters. Je beheerder kan ze aanzetten.',
  'filter.use': 'Mijn filter gebruiken',
  'filter.strictness': 'Hoe streng',
  'filter.careful': 'Voorzichtig: meer spam in de inbox, bijna nooit goede e-mail in Spam',
  'filter.normal': 'Gewoon',
  'filter.keen': 'Streng: minder spam in de inbox, af en toe goede e-mail in Spam',
  'filter.learnedJunk': 'Geleerd als spam',
  'filter.learnedGood': 'Geleerd als goede e-mail',
  'filter.begins': 'Het begint te sorteren zodra het van elke soort {count} berichten kent.',
  'filter.fromFolders': 'Leren van mijn mappen',
  'filter.fromFoldersHint':
    'Wat in Spam staat, wordt als spam geleerd; wat je in je andere mappen hebt gelezen, als goede e-mail.',
  'filter.learning': 'Er wordt van je mappen geleerd',
  'filter.learned': {
    one: '{n} bericht was nieuw voor je filter.',
    other: '{n} berichten waren nieuw voor je filter.',
  },
  'filter.forget': 'Alles vergeten',
  'filter.forgetHint':
    'Je filter vergeet wat het heeft geleerd en begint opnieuw. Je e-mail blijft zoals die is.',
  'filter.forgotten': 'Je filter is alles vergeten.',
  'filter.why.words': 'Facteur denkt dat dit spam is: woorden als {words}.',
  'filter.why.filter': 'Facteur denkt dat dit spam is.',
  'filter.why.sender': 'Het adres van de afzender kon niet worden bevestigd.',
  'filter.why.listed': 'Het kwam via een server die op een lijst van spamverzenders staat.',
  'filter.why.scanner': 'Een scanner zag het aan voor spam.',
  'filter.why.door': 'Het zag er verdacht uit toen het aankwam.',
};
