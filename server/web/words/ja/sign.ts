// Japanese of the keys that sign a domain's mail.
import type { Catalogue } from '../words.ts';

export const jaSign: Catalogue = {
  'dns.kind.dkim': 'メールの署名 (DKIM)',
  'dns.about.dkim': 'このドメインのメールが本当にあなたのものかを、相手が確かめられるようにします。',
  'dns.why.dkim-several':
    'レコードが複数あり、相手が誤ったものを使うおそれがあります。1 つだけ残してください。',
  'dns.why.dkim-revoked': 'このレコードは鍵を取り消しています (p が空)。レコードを置き換えてください。',
  'dns.why.dkim-other-key': 'レコードに別の鍵があるか、鍵がありません。置き換えてください。',
  'dns.why.dkim-testing': 'レコードがテスト中だと示しています。t=y を取り除いてください。',
  'signing.title': '署名 (DKIM)',
  'signing.hint':
    '送信するメールに署名し、相手があなたのものだと確かめられるようにします。相手は鍵を DNS で見つけます。',
  'signing.none':
    'このドメインのメールは署名なしで送られています。多くのサーバーはそのようなメールを迷惑メールとみなします。',
  'signing.right': 'メールは署名され、相手は鍵を見つけられます。',
  'signing.wrong':
    'メールは署名されていますが、相手は鍵を正しい形で見つけられません。下のレコードを公開してください。',
  'signing.waiting':
    '新しい鍵が待っています。レコードを公開し、相手が見つけられるようになったら、署名に使ってください。',
  'signing.state.current': '署名中',
  'signing.state.next': '待機中',
  'signing.state.old': '休止中',
  'signing.state.broken': '使用不可',
  'signing.made': '{time} に作成',
  'signing.copy': 'コピー',
  'signing.copied': 'コピーしました',
  'signing.add': '鍵を作成',
  'signing.rotate': '新しい鍵を作成',
  'signing.rotateHint': '鍵は年に一度替えるのがよいでしょう。新しい鍵を署名に使うまで、今の鍵が署名します。',
  'signing.use': '署名に使う',
  'signing.useAnyway': 'それでも署名に使う',
  'signing.unpublished':
    '相手はまだこれらの鍵を見つけられません: {keys}。これらで署名したメールは署名なしとみなされます。',
  'signing.remove': '削除',
  'signing.removeTitle': '鍵 {key} を削除しますか?',
  'signing.removeOld':
    'レコードはもう 1 週間 DNS に残してください。配送中のメールはまだこの鍵で確かめられます。',
  'signing.removeCurrent':
    'この鍵は今署名に使われています。なくなると、このドメインのメールが署名なしで送られることがあります。',
};
