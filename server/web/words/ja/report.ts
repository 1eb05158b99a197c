// Japanese of DNS records, the set-up of mail programs and the reports of other hosts.
import type { Catalogue } from '../words.ts';

export const jaReport: Catalogue = {
  'dns.again': 'もう一度確認',
  'dns.kind.setup': 'メールソフトの設定',
  'dns.about.mx': 'このドメインのメールを受け取るサーバーを他のサーバーに知らせます。',
  'dns.about.address': 'メールサーバーの名前からこのマシンへ導きます。',
  'dns.about.reverse':
    'アドレスから名前へ戻ります。これがないアドレスからのメールは多くのサーバーが拒否します。',
  'dns.about.spf': 'このドメインの名前で送信してよいサーバーの一覧です。',
  'dns.about.dmarc': 'あなたを装ったメールの扱いと、その報告先を伝えます。',
  'dns.about.service': 'メールソフトがアドレスだけでサーバーとポートを見つけられるようにします。',
  'dns.about.setup': 'Thunderbird と Outlook がアドレスだけで設定を取得できるようにします。',
  'dns.about.caa': 'メールサーバーの証明書を発行してよい者を定めます。他は拒否しなければなりません。',
  'dns.why.alias-elsewhere': '{value} を指しており、このサーバーではありません。',
  'programs.nav': 'メールソフト',
  'programs.title': 'メールソフトを設定する',
  'programs.hint':
    '多くのソフトはアドレスだけでこれらを見つけます。尋ねられたら、ここにある内容を入力してください。',
  'programs.none': 'ここではメールソフト用の接続口が開いていません。',
  'programs.imap': '受信（IMAP）',
  'programs.pop3': '受信（POP3）',
  'programs.smtp': '送信（SMTP）',
  'programs.everywhere': '両方に共通',
  'programs.server': 'サーバー',
  'programs.port': 'ポート',
  'programs.security': 'セキュリティ',
  'programs.tls': 'SSL/TLS',
  'programs.starttls': 'STARTTLS',
  'programs.userName': 'ユーザー名',
  'programs.password': 'あなたのパスワード、または 2 段階目を使う場合に必要なアプリ用パスワード：',
  'programs.apple': 'iPhone、iPad、Mac',
  'programs.appleHint':
    'お使いの端末でこのページを開き、プロファイルをダウンロードして設定からインストールしてください。パスワードは含まれず、端末が尋ねます。',
  'programs.profile': 'プロファイルをダウンロード',
  'programs.profileSays': '{host} 上の {address} のメール。',
  'reports.title': 'DMARC レポート',
  'reports.hint':
    '過去 30 日にこのドメインの名前で届いたメールについて、他のサーバーが伝えること：送信元と、あなたのものと証明されたかどうか。',
  'reports.none':
    'まだレポートは届いていません。DMARC レコードで求めると、あなたの名前のメールを受け取ったサーバーが 1 日 1 通送ります。',
  'reports.offer':
    'レポートは {address} で受け取れます。サーバーが読み取り、それ以外のメールは {postmaster} に届きます。',
  'reports.receiving':
    'レポートは {address} に届き、サーバーが読み取ります。それ以外は {postmaster} に届きます。公開するレコードはこちら：',
  'reports.receive': 'レポートを受け取る',
  'reports.made': 'これからレポートを読み取ります。DNS レコードにある DMARC レコードを公開してください。',
  'reports.chart': 'あなたの名前のメール（日別）',
  'reports.believed': '証明あり',
  'reports.unbelieved': '証明なし',
  'reports.sources': '送信元',
  'reports.letters': 'メール数',
  'reports.others': 'その他すべて',
  'reports.mark.signed': '署名あり',
  'reports.mark.spfOnly': '署名なし',
  'reports.mark.mixed': '一部のみ証明',
  'reports.mark.unproven': '証明なし',
  'reports.signed': '転送されても、あなたのメールと証明されます。',
  'reports.spfOnly': 'あなたの代わりに送信できますが、署名のないメールがあり、転送されると信用されません。',
  'reports.mixed': '証明されるものとされないものがあります：転送メールか、一部だけ署名するサービスです。',
  'reports.unproven':
    '証明なしにあなたの名前で送信しています：なりすましか、SPF と DKIM に登録されていないあなたのサービスです。',
  'reports.reporters': '報告元',
  'reports.reporter': '組織',
  'reports.last': '最新',
};
