// What a list says to its subscribers and posters when neither the list nor the site has texts of its own (ezmlm(5) TEXT FILES),
// with the tags and sections that owners may use in theirs. Those for owners and moderators are in moderator-texts.ts.
// Plain words, ASCII.
import { moderatorTexts } from './moderator-texts.ts';

const subscriberTexts: Readonly<Record<string, string>> = {
  top: `Hello, this is the program that runs the mailing list <#l#>@<#h#>.
The people behind the list read <#L#>-owner@<#h#>.

`,
  bottom: `
-- Commands of the list <#L#>@<#h#> --

What each of these does happens when a message, an empty one is enough,
arrives at the address. Please do not send commands to the list itself.

Learn more:     <#L#>-help@<#h#>
Subscribe:      <#L#>-subscribe@<#h#>
Unsubscribe:    <#L#>-unsubscribe@<#h#>
<=d=>
Digest instead: <#L#>-digest-subscribe@<#h#>
No more digest: <#L#>-digest-unsubscribe@<#h#>
<=HJ=>

Nobody is subscribed or unsubscribed without a confirmation: a question
is sent to the address, and an answer to it decides.
<==>

A person answers at <#L#>-owner@<#h#>. If something went wrong,
forward a message of the list with its whole header.

-- Your request was: --

`,
  help: `These addresses do something; an empty message is enough:

<#L#>-subscribe@<#h#>      subscribe the address you write from
<#L#>-unsubscribe@<#h#>    unsubscribe it
<#L#>-query@<#h#>          is my address subscribed?
<#L#>-info@<#h#>           what the list is about
<#L#>-faq@<#h#>            questions that are often asked
<=d=>
<#L#>-digest-subscribe@<#h#>      subscribe to the digest
<#L#>-digest-unsubscribe@<#h#>    leave the digest
<=a=>
<#L#>-get.12@<#h#>         message 12; -get.12_20 for several
<#L#>-index.12@<#h#>       subjects around message 12
<#L#>-thread.12@<#h#>      all of the conversation of message 12
<==>

For another address than the one you write from, put it behind the
command with = for its @. For someone@example.org that is
<#L#>-subscribe-someone=example.org@<#h#>
`,
  info: `The owner of this list has not written a description yet.
`,
  faq: `Nobody has written answers for <#l#>@<#h#> yet.
`,
  'sub-confirm': `Somebody, probably you, asked to subscribe

   <#A#>

to the list <#l#>@<#h#>. If this is what you want, answer this
message; the answer may be empty. It has to go to

   <#R#>

which most mail programs do by themselves with "Reply". Or open
mailto:<#R#>

If you did not ask for this, do nothing: nobody is subscribed then.
<=s=>

Moderators look at new subscriptions of this list. You get a message
when they have agreed.
`,
  'sub-ok': `Welcome! The address

   <#A#>

now gets the messages of <#l#>@<#h#>.

Please keep this message. To leave the list, write to
<#l#>-unsubscribe-<#t#>@<#h#>

`,
  'sub-nop': `The address

   <#A#>

was subscribed to <#l#>@<#h#> already. Nothing has changed.

`,
  'sub-bad': `The confirmation that arrived for

   <#A#>

does not count: it is too old, or its address was cut or changed on its
way. If you still want to subscribe to <#l#>@<#h#>, answer this
message; the answer has to go to

   <#R#>

Or open
mailto:<#R#>

`,
  'unsub-confirm': `Somebody, probably you, asked to remove

   <#A#>

from the list <#l#>@<#h#>. If this is what you want, answer this
message; the answer may be empty. It has to go to

   <#R#>

which most mail programs do by themselves with "Reply". Or open
mailto:<#R#>

If you did not ask for this, do nothing: you stay subscribed.

`,
  'unsub-ok': `Goodbye. The address

   <#A#>

no longer gets the messages of <#l#>@<#h#>.

`,
  'unsub-nop': `The address

   <#A#>

is not subscribed to <#l#>@<#h#>, so there is nothing to remove.

If you still get messages of the list, they come by way of another
address of yours. Look at the Return-Path field of one of them: behind
"-return-" it names the address, with = for its @. To remove that one,
for example someone@example.org, write to
<#l#>-unsubscribe-someone=example.org@<#h#>

`,
  'unsub-bad': `The confirmation that arrived for

   <#A#>

does not count: it is too old, or its address was cut or changed on its
way. If you still want to leave <#l#>@<#h#>, answer this message;
the answer has to go to

   <#R#>

Or open
mailto:<#R#>

`,
  'get-bad': `There is no such message in the archive.

`,
  digest: `The list: <#L#>@<#h#> (write here to post)
Leave the digest: <#L#>-digest-unsubscribe@<#h#>
Help: <#L#>-help@<#h#>
`,
  trailer: `---------------------------------------------------------------------
Unsubscribe: <#L#>-unsubscribe@<#h#>
Help: <#L#>-help@<#h#>
`,
  'bounce-warn': `Messages of the list <#l#>@<#h#> could not be delivered to you.
The first of the bounces is below.

If this message comes back too, a last one is sent to see whether your
address works; when that comes back as well, you are unsubscribed.

`,
  'bounce-probe': `Messages of the list <#l#>@<#h#> could not be delivered to you,
and neither could the warning about it. Its bounce is below.

This is the last try. If this message comes back, your address is
removed from the list. You may subscribe again at any time:
<#l#>-subscribe@<#h#>

`,
  'bounce-num': `
These messages of <#L#>@<#h#> came back from your address.
<=a=>
You may find them in the archive. For message 12 write to
<#L#>-get.12@<#h#>
and for messages 12 to 20 to
<#L#>-get.12_20@<#h#>
<==>

Their numbers:

`,
  'dig-bounce-num': `
Digests of <#L#>@<#h#> came back from your address.
<=a=>
What was in them you may find in the archive. For the messages from
number 12 on write to
<#L#>-get.12@<#h#>
<==>

Numbers of the first message of each digest:

`,
  'bounce-bottom': `
-- Below is the bounce that arrived here. --

`,
  'post-confirm': `A message to the list <#L#>@<#h#> arrived in your name; it is below.
It is sent to the list when you answer this message; the answer may be
empty. It has to go to

   <#A#>

If the message is not yours, do nothing, or write to
<#R#>
to throw it away at once.

`,
  'mod-reject': `Your message was not accepted for the list. If a moderator has said why, it
stands here:
`,
  'mod-timeout': `No moderator of the list <#L#>@<#h#> has looked at your message in
time. It was not sent to the list, and comes back to you below.

`,
  'mod-sub': `
-- What was done here was agreed to by a moderator of the list. --

If you do not want it, write to
<#l#>-unsubscribe@<#h#>
or to the people behind the list, <#l#>-owner@<#h#>.

`,
};

/** The text of this name (`sub-ok`, without `text/`); undefined: there is no such text. */
export function defaultText(name: string): string | undefined {
  if (Object.hasOwn(subscriberTexts, name)) return subscriberTexts[name];
  return Object.hasOwn(moderatorTexts, name) ? moderatorTexts[name] : undefined;
}

/** Names of all texts, those of owners and moderators included. */
export const textNames: readonly string[] = [
  ...Object.keys(subscriberTexts),
  ...Object.keys(moderatorTexts),
].sort();
