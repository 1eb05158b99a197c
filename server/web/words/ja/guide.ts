// Japanese of the pages of help.
import type { Catalogue } from '../words.ts';

export const jaGuide: Catalogue = {
  'guide.title': 'ヘルプ',
  'guide.all': 'すべてを1ページで表示',
  'guide.more': 'ほかのヘルプ',
  'guide.places': '関連するページ',
  'guide.keys.lead': 'よく使う操作のキー',
  'guide.writing': '作成と送信',
  'guide.writing.lead': '下書き、取り消し、後で送信、署名',
  'guide.writing.begin':
    '「{compose}」でメールを書き始めます。「{reply}」「{replyAll}」「{forward}」は開いたメールごとにあります。',
  'guide.writing.saved':
    '入力した内容は書いている間に保存され、「{drafts}」に入ります。ほかの端末からも見られます。JavaScriptがない場合は「{save}」を押してください。',
  'guide.writing.undo':
    '「{send}」の後、数秒間は考え直せます。「{undo}」を押すとメールが再び開き、まだ誰にも届いていません。秒数は「{settings}」の「{composing}」で決められます（最大30秒）。',
  'guide.writing.later':
    '「{later}」を使うと、1年以内の選んだ時刻に送信されます。その時にログインしている必要はありません。',
  'guide.writing.outbox':
    'まだ送られていないメールは「{outbox}」にあります。そこで変更、すぐに送信、取り消しができます。',
  'guide.writing.files':
    '「{attach}」でファイルを追加します。JavaScriptがあれば、メールにドロップしたり貼り付けたりもできます。どれだけ入るかはページに表示されます。',
  'guide.writing.identities':
    '「{settings}」の「{identities}」には、アドレスごとに名前と署名があります。「{templates}」は何度も使う文章です。',
  'guide.writing.fate':
    'サーバーが配送を記録している場合、「{sent}」の印でメールがどうなったかわかります。届けられなかったメールは理由とともに戻ります。',
  'guide.finding': 'メールを探す',
  'guide.finding.lead': '単語、演算子、詳細検索',
  'guide.finding.words':
    '検索欄に単語を入力してEnterを押します。件名、本文、名前やアドレスにすべての単語を含むメールが見つかります。',
  'guide.finding.operators': 'コロンの付いた単語は一か所だけを探します。組み合わせると結果が絞られます。',
  'guide.finding.left': 'in:で指定するかanywhereとしない限り、「{trash}」と「{junk}」は除かれます。',
  'guide.finding.advanced': '「{advanced}」にはほとんどの項目の欄があり、覚える必要はありません。',
  'guide.finding.act': '見つかったメールは、ほかの一覧と同じように選択、移動、ラベル付け、削除ができます。',
  'guide.finding.typed': '入力',
  'guide.finding.finds': '見つかるもの',
  'guide.row.from': 'Bobからのメール（名前またはアドレス）',
  'guide.row.to': 'Carla宛てのメール（コピーも含む）',
  'guide.row.subject': '件名にこの単語',
  'guide.row.phrase': 'これらの単語が並んでいるもの',
  'guide.row.start': 'この文字で始まる単語',
  'guide.row.not': 'この単語を含まないメール',
  'guide.row.or': 'どちらかを含むメール',
  'guide.row.has': 'ファイル付きのメール',
  'guide.row.filename': '名前にこれを含むファイル',
  'guide.row.is': '未読のメール。is:readとis:starredも使えます',
  'guide.row.in': '1つのフォルダのメール。in:anywhereですべて',
  'guide.row.after': 'この日以降に受信',
  'guide.row.before': 'この日より前に受信',
  'guide.row.larger': '5 MBより大きいもの。逆はsmaller:200k',
  'guide.order': '整理する',
  'guide.order.lead': 'フォルダ、ラベル、スヌーズ、元に戻す',
  'guide.order.archive':
    '「{archive}」はメールを削除せずに「{inbox}」から出します。「{junk}」は頼んだ覚えのないメール用です。「{notJunk}」で戻せます。',
  'guide.order.folders':
    'フォルダの作成、名前の変更、入れ子は「{folders}」のページで行います。JavaScriptがあれば、メールをフォルダへドラッグできます。Ctrlを押すとコピーになります。',
  'guide.order.labels':
    'メールは1つのフォルダに入り、複数のラベルを付けられます。名前と色は「{settings}」の「{labels}」にあり、ほかのメールソフトにも表示されます。',
  'guide.order.snooze':
    '「{snooze}」は選んだ時刻までメールをしまいます。その時刻に未読で一覧の先頭に戻ります。',
  'guide.order.select':
    '複数のメールを選ぶと、まとめて操作できます。ページ全体を選ぶと、フォルダの残りも選べます。',
  'guide.order.conversations':
    '関連するメールは1行にまとまります。「{sort}」のメニューで、このフォルダだけ1通ずつ表示できます。',
  'guide.order.undo':
    '「{undo}」は24時間以内の操作を取り消します。一覧は「{settings}」の「{activity}」にあります。完全に削除したものは戻りません。',
  'guide.order.cleaning':
    '「{trash}」と「{junk}」のメールは、数日後に完全に削除されます。日数は「{settings}」の「{general}」で決められ、0なら残ります。',
  'guide.safety': '安全',
  'guide.safety.lead': '画像、警告、2段階、アプリパスワード',
  'guide.safety.pictures':
    'ほかのサーバーの画像は、読んだことを差出人に知らせます。そのため、許可した場合だけ読み込みます。「{show}」でそのメールの画像を読み込みます。画像はこちらのサーバーを通るので、差出人にネットワークアドレスは見えません。',
  'guide.safety.warnings':
    '差出人が検査に通らなかったとき、名前が別のアドレスを装うとき、返信が別の場所へ行くときは、メールの上に警告が出ます。リンク、ファイル、依頼に注意してください。',
  'guide.safety.password':
    'メールでパスワードを必要とする人はいません。メールのリンクの先でパスワードを求められたら、そのページを離れてください。',
  'guide.safety.files': '害になりうるファイルには印が付き、受け取る前に確認があります。',
  'guide.safety.twoStep':
    '「{settings}」の「{security}」の「{twoStep}」では、パスワードの後に電話のコードが必要になります。回復コードは紙に控えてください。',
  'guide.safety.passkey': 'パスキーでは、パスワードとコードの代わりに、端末の指紋、顔、PINでログインします。',
  'guide.safety.apps':
    'メールソフトごとに別のアプリパスワードを使ってください。ウェブメールは開けず、1つだけ取り消すこともできます。',
  'guide.safety.sessions':
    '同じページに、ログインしている場所と過去90日間の出来事が表示されます。おかしいと思ったら、パスワードを変更して「{everywhere}」を押してください。',
  'guide.safety.unsubscribe':
    '「{unsubscribe}」で配信を止めます。頼んだ覚えのないメールには「{junk}」のほうが適しています。',
  'guide.programs': '電話とメールソフト',
  'guide.programs.lead': 'サーバー、ポート、アプリパスワード',
  'guide.programs.where':
    '「{settings}」の「{programs}」に、メールソフト用のサーバー、ポート、ユーザー名があります。ユーザー名は自分のアドレス全体です。',
  'guide.programs.alone':
    '多くのソフトはアドレスを入力すると自動で見つけます。iPhone、iPad、Mac用にはプロファイルがあります。',
  'guide.programs.imap':
    'IMAPではウェブメールと同じフォルダとメールが表示され、一方で読めばもう一方でも既読になります。POP3では「{inbox}」だけを受け取ります。',
  'guide.programs.app': '2段階ログインでは、ソフトに自分のパスワードの代わりにアプリパスワードが必要です。',
  'guide.programs.wrong':
    'パスワードを何度か間違えると、サーバーはソフトを待たせます。すべてのソフトで正しいパスワードにしてから、もう一度お試しください。',
  'guide.moving': 'メールの出し入れ',
  'guide.moving.lead': '取り込み、書き出し、転送',
  'guide.moving.in':
    '「{settings}」の「{transfer}」でメールを取り込めます。mboxファイル、メールのZIP書庫、1通ずつのファイル（.eml）が使えます。フォルダに既にあるものは省かれます。',
  'guide.moving.out':
    '同じページで、1つのフォルダを1ファイルに、または連絡先と設定を含むすべてを1つの書庫に書き出せます。',
  'guide.moving.ticked': '一覧で選んだメールは、そのメニューからダウンロードできます。',
  'guide.moving.contacts': '「{contacts}」のページでは、vCardとCSVの取り込みと書き出しができます。',
  'guide.moving.elsewhere':
    'ほかのサービスからは、メールソフトでも移せます。両方のアカウントを設定し、フォルダをコピーしてください。',
  'guide.moving.jobs':
    '時間のかかる処理は、ページを離れても続きます。進み具合が1行で表示され、止めることもできます。',
  'guide.moving.forward':
    '「{settings}」の「{delivery}」で、メールを別のアドレスへ転送したり、不在の間に自動で返信したりできます。',
  'guide.moving.away':
    '自動応答には開始日と終了日を決められ、連絡先にある人だけに送ることもできます。リストや機械には送られず、選んだ日数のあいだ同じ人に二度は送られません。オンの間は、どのページにもその旨が表示されます。',
  'guide.offline': '新着メールとオフライン',
  'guide.offline.lead': '通知、接続なし、インストール',
  'guide.offline.news':
    'ページを開いている間、新着メールは自動で表示されます。JavaScriptがない場合はページを再読み込みするか、「{settings}」の「{general}」で一覧の自動再読み込みを設定してください。',
  'guide.offline.tab': 'タブのタイトルに「{inbox}」の未読数が表示されます。',
  'guide.offline.notify':
    '「{settings}」の「{general}」で新着メールの通知を有効にできます。ウェブメールのページが開いている間、差出人と件名を音なしで表示します。ブラウザは許可を一度だけ確認します。',
  'guide.offline.gone':
    '接続がないときは、そのことを示すページが出ます。書いているメールは画面に残り、サーバーに届くまでこのブラウザが保管します。',
  'guide.offline.kept': '読んだメールは端末に保存されません。',
  'guide.offline.install':
    'ほとんどのブラウザでウェブメールをインストールできます。専用のウィンドウとアイコンになります。',
};
