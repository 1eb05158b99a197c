// What a new list directory holds, in the form of ezmlmrc(5), for sites without /etc/ezmlm/default/ezmlmrc: the same files,
// links and lines as ezmlm-idx 7 makes, so that its programs and ours find what they look for.
// Tags: `</FILE/>` its lines follow; `</+DIR/>`; `</-FILE/>` removes; `</:LINK/FILE/>` links DOT+LINK to it; `#abC^0E` only with
// -a and -b, without -c and -0; E: in an edit only when the file is not there yet.

/** Types of parts that -x removes: programs, archives of mail programs, pictures, sound and film, and second copies in HTML. */
const removedTypes = [
  ...['enriched', 'html', 'richtext', 'rtf', 'x-vcard'].map((type) => `text/${type}`),
  ...['excel', 'ms-tnef', 'msword', 'octet-stream', 'pdf', 'postscript', 'powerpoint', 'rtf'].map(
    (type) => `application/${type}`,
  ),
  ...['x-csh', 'x-msdownload', 'x-msdos-program', 'x-ms-installer', 'x-shockwave-flash', 'x-tar', 'zip'].map(
    (type) => `application/${type}`,
  ),
  ...['vnd.ms-excel', 'vnd.ms-powerpoint', 'vnd.ms-word'].map((type) => `application/${type}`),
  ...['basic', 'midi', 'mpeg', 'ogg', 'wav', 'x-aiff', 'x-pn-realaudio', 'x-wav'].map(
    (type) => `audio/${type}`,
  ),
  ...['bmp', 'gif', 'jpeg', 'png', 'svg+xml', 'tiff', 'webp', 'x-xbitmap'].map((type) => `image/${type}`),
  ...['mp4', 'mpeg', 'ogg', 'quicktime', 'webm', 'x-ms-wmv', 'x-msvideo'].map((type) => `video/${type}`),
];

/** A file for each letter: made by the small one, and removed in an edit by the capital. */
const flagTags = (letter: string, file: string, line = ''): string =>
  `</-${file}#e${letter.toUpperCase()}/>\n</${file}#${letter}/>\n${line}`;

/** Programs that look after the queue of moderation and bounces; what they cannot do now, they do next time. */
const upkeep = `|<#B#>/ezmlm-clean '<#D#>' || exit 0
|<#B#>/ezmlm-warn '<#D#>' || exit 0
`;
const archiveLine = `|if test -f '<#D#>/threaded'; then <#B#>/ezmlm-archive '<#D#>' || exit 0; fi
`;

/** The first line is the version of the form. */
export const defaultTemplate = `7.2
</-config/>
</-flags/>
</outhost/>
<#H#>
</outlocal/>
<#L#>
</ezmlmrc/>
<#X#>
</dot/>
<#T#>
</digestcode/>
<#C#>
</-sublist#e^0/>
</sublist#0/>
<#0#>
</-fromheader#e^3/>
</fromheader#3/>
<#3#>
</+archive/>
</+bounce/>
</+text/>
</+digest/>
</+digest/bounce/>
</+allow/>
</+deny/>
</+mod/>
</+mod/pending/>
</+mod/accepted/>
</+mod/rejected/>
</+mod/unconfirmed/>
</:/editor/>
</:-owner/owner/>
</:-digest-owner/owner/>
</:-return-default/bouncer/>
</:-digest-return-default/digest/bouncer/>
</:-default/manager/>
</:-accept-default/moderator/>
</:-reject-default/moderator/>
</:-confirm-default/confirmer/>
</:-discard-default/confirmer/>
</-text/trailer#eT/>
</-subdb#^6e/>
</subdb#6/>
<#6#>
${flagTags('a', 'archived')}${flagTags('a', 'indexed')}${flagTags('b', 'modgetonly')}${flagTags('d', 'digested')}</-prefix#eF/>
</prefix#Ef/>
[<#L#>]
${flagTags('g', 'subgetonly')}${flagTags('h', 'nosubconfirm')}${flagTags('i', 'threaded')}${flagTags('j', 'nounsubconfirm')}${flagTags('l', 'modcanlist')}${flagTags('m', 'modpost', '<#7#>\n')}</-noreturnposts#eM/>
</-noreturnposts#eU/>
</noreturnposts#mu/>
${flagTags('n', 'modcanedit')}${flagTags('o', 'modpostonly')}${flagTags('p', 'public')}${flagTags('r', 'remote', '<#9#>\n')}${flagTags('s', 'modsub', '<#8#>\n')}${flagTags('t', 'addtrailer')}${flagTags('u', 'subpostonly')}${flagTags('w', 'nowarn')}${flagTags('y', 'confirmpost')}</owner#5/>
<#5#>
</owner#^5/>
<#D#>/Mailbox
</manager/>
|<#B#>/ezmlm-weed
|<#B#>/ezmlm-get '<#D#>'
|<#B#>/ezmlm-split '<#D#>'
|<#B#>/ezmlm-request '<#D#>'
|<#B#>/ezmlm-manage '<#D#>'
${upkeep}</confirmer/>
|<#B#>/ezmlm-weed
|if test -f '<#D#>/subpostonly' -a -f '<#D#>/modpost'; then <#B#>/ezmlm-confirm '<#D#>' <#B#>/ezmlm-gate -Y '<#D#>' . digest allow mod; else <#B#>/ezmlm-confirm '<#D#>' <#B#>/ezmlm-store -Y '<#D#>'; fi
${archiveLine}${upkeep}</editor/>
|if test ! -f '<#D#>/sublist'; then <#B#>/ezmlm-reject '<#D#>'; fi
|if test ! -f '<#D#>/sublist'; then <#B#>/ezmlm-checksub -n '<#D#>' deny; fi
|if test ! -f '<#D#>/subpostonly'; then <#B#>/ezmlm-store '<#D#>'; fi
|if test -f '<#D#>/subpostonly' -a ! -f '<#D#>/modpost'; then <#B#>/ezmlm-checksub '<#D#>' . digest allow mod && <#B#>/ezmlm-store '<#D#>'; fi
|if test -f '<#D#>/subpostonly' -a -f '<#D#>/modpost' -a ! -f '<#D#>/confirmpost'; then <#B#>/ezmlm-gate '<#D#>' . digest allow mod; fi
|if test -f '<#D#>/subpostonly' -a -f '<#D#>/modpost' -a -f '<#D#>/confirmpost'; then <#B#>/ezmlm-store '<#D#>'; fi
|<#B#>/ezmlm-clean '<#D#>' || exit 0
${archiveLine}|<#B#>/ezmlm-warn '<#D#>' || exit 0
|if test -e '<#D#>/digested' && <#B#>/ezmlm-tstdig '<#D#>'; then <#B#>/ezmlm-get '<#D#>' || exit 0; fi
</bouncer/>
|<#B#>/ezmlm-weed
|<#B#>/ezmlm-return -D '<#D#>'
</digest/bouncer/>
|<#B#>/ezmlm-weed
|<#B#>/ezmlm-return -d '<#D#>'
</moderator/>
|<#B#>/ezmlm-weed
|<#B#>/ezmlm-moderate '<#D#>'
${archiveLine}${upkeep}</headerremove#E/>
return-path
return-receipt-to
content-length
precedence
x-confirm-reading-to
x-pmrqc
list-subscribe
list-unsubscribe
list-help
</headerremove#E^0/>
list-post
sender
</#3E/>
from
</lock/>
</lockbounce/>
</digest/lockbounce/>
</digest/lock/>
</headeradd#E^0/>
Sender: <<#l#>@<#h#>>
Precedence: bulk
X-No-Archive: yes
List-Post: <mailto:<#L#>@<#H#>>
</headeradd#E/>
List-Help: <mailto:<#l#>-help@<#h#>>
List-Unsubscribe: <mailto:<#l#>-unsubscribe@<#h#>>
List-Subscribe: <mailto:<#l#>-subscribe@<#h#>>
</#3E/>
From: <#3#>
</msgsize#xE/>
30000:2
</-mimeremove#eX/>
</mimeremove#Ex/>
${removedTypes.join('\n')}
`;
