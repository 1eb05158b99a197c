// What a list says to its moderators and owner when neither the list nor the site has texts of its own (ezmlm(5) TEXT FILES).
// Plain words, ASCII. Moderators' replies are read by programs: the lines with %%% stand as they are.

export const moderatorTexts: Readonly<Record<string, string>> = {
  'mod-sub-confirm': `Somebody asks that

   <#A#>

be subscribed to the list <#l#>@<#h#>. If you agree, answer this
message; the answer may be empty. It has to go to

   <#R#>

Or open
mailto:<#R#>

If you do not agree, do nothing.

`,
  'mod-unsub-confirm': `Somebody asks that

   <#A#>

be removed from the list <#l#>@<#h#>. If you agree, answer this
message; the answer may be empty. It has to go to

   <#R#>

Or open
mailto:<#R#>

If you do not agree, do nothing.

`,
  'mod-request': `The message below was sent to <#L#>@<#h#> and waits for a moderator.

To let it through to all subscribers, answer this message; the answer has
to go to
<#A#>

To send it back to its author, write to
<#R#>

Words for its author may stand between these two lines in your answer:

%%% Start comment
%%% End comment

When nobody decides, it goes back to its author after some days.

`,
  'mod-help': `You are a moderator of the list <#L#>@<#h#>.
<=r=>

Put the address of another person behind a command, with = for its @:

<#L#>-subscribe-someone=example.org@<#h#>      subscribe them
<#L#>-unsubscribe-someone=example.org@<#h#>    remove them
<#L#>-query-someone=example.org@<#h#>          are they subscribed?
<#L#>-allow-subscribe-someone=example.org@<#h#>   let them post, too
<#L#>-deny-subscribe-someone=example.org@<#h#>    let them not post
<=rd=>
<#L#>-digest-subscribe-someone=example.org@<#h#>  subscribe them to the digest
<=rl=>

<#L#>-list@<#h#>             all subscribers
<#L#>-listn@<#h#>            how many there are
<#L#>-log@<#h#>              who came and went; -log.word searches
<=rn=>

<#L#>-edit@<#h#>             texts of the list that you may change
<=r=>

Each of these asks you for a confirmation, so that nobody can do it in
your name.
<=s=>

When somebody wants to subscribe, you are asked. The first moderator who
answers decides.
<=m=>

When somebody posts, you are asked. The first moderator who answers
decides.
<==>

The commands for everybody are:

`,
  'edit-do': `Below is a text of the list between two lines of %%%. Change it, leave
these two lines as they are, and send it all to

   <#R#>

as an answer to this message. Marks like > that your mail program puts in
front of each line are removed.

`,
  'edit-done': `The text is stored, and used from now on.
`,
  'edit-list': `To change a text of <#L#>@<#h#>, write to
<#L#>-edit.NAME@<#h#>
with one of these names:

top              beginning of every answer
bottom           end of every answer
info             what the list is about
faq              questions that are often asked
help             what can be asked of the list
sub_confirm      question before an address is subscribed
sub_ok           welcome
sub_nop          was subscribed already
sub_bad          confirmation that does not count
unsub_confirm    question before an address is removed
unsub_ok         goodbye
unsub_nop        was not subscribed
unsub_bad        confirmation that does not count
get_bad          no such message in the archive
mod_help         help for moderators
mod_sub          end of what a moderator agreed to
mod_sub_confirm  question to moderators before an address is subscribed
mod_unsub_confirm  question to moderators before one is removed
mod_request      question to moderators about a post
mod_reject       a post was not accepted
mod_timeout      a post was not looked at in time
post_confirm     question to the author of a post
bounce_warn      warning about bounces
bounce_probe     last warning
bounce_num       messages that bounced
dig_bounce_num   digests that bounced
bounce_bottom    before the bounce itself
digest           words in each digest
trailer          end of each post
`,
};
