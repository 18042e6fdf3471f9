/**
 * What may be told in tongues other than English, by what English calls it: imperatives, and the infinitives
 * that politeness uses. A result in another tongue is no way around; what is not here is not recognised.
 */
const SAID: Readonly<Record<string, string>> = {
  send: 'sende senden schicke schicken sendet schickt leite weiterleiten weiter envía envia envíe envie enviar manda mande mandar reenvía reenvia reenvíe envoie envoyez envoyer transfère transférez transmettez invia inviare inviate inoltra mandare encaminhe stuur verstuur verzend отправь отправьте пришли перешли перешлите 发送 发给 发到 转发 寄给 送信 送って',
  pay: 'überweise überweisen überweist zahle zahlen bezahle bezahlen transfiere transfiera paga pague pagar abona payez payer virez verser versez trasferisci bonifica pagare transfira betaal overmaken переведи переведите оплати оплатите 转账 汇款 支付 付款 送金 振り込',
  delete:
    'lösche löschen löscht entferne entfernen elimina elimine eliminar borra borre borrar supprime supprimez supprimer efface effacez effacer rimuovi eliminare apague apagar exclua remova verwijder verwijderen удали удалите 删除 移除 取消 削除',
  create:
    'erstelle erstellen erstellt trage crea cree crear añade añadir créez créer ajoute ajoutez ajouter aggiungi creare crie adicione maak voeg создай создайте добавь добавьте 创建 新建 添加 作成 追加',
  buy: 'kaufe kaufen bestelle bestellen compra compre comprar achète achetez acheter commandez acquista ordina comprare koop bestel купи купите 购买 下单 购入 購入 注文',
  change:
    'ändere ändern setze ersetze cambia cambie cambiar actualiza modifica modifique changez changer modifiez modifier remplacez modificare aggiorna mude altere wijzig verander измени измените 修改 更改 更新 変更',
  visit:
    'öffne öffnen besuche besuchen klicke abre abra abrir visita visite visitar ouvrez ouvrir visitez cliquez apri visitare clicca acesse bezoek klik открой откройте посетите 打开 访问 点击 開いて アクセス',
  download:
    'herunterladen lade descarga descargue descargar téléchargez télécharger scarica scaricare baixe baixar скачай скачайте 下载 ダウンロード',
  upload:
    'hochladen sube suba subir publica publique publiez publier carica pubblica загрузи опубликуй 上传 发布',
  invite:
    'einladen invita invitar invitez inviter invitare convide uitnodigen пригласи пригласите 邀请 招待',
  share:
    'teile teilen comparte comparta compartir partagez partager condividi compartilhe deel поделись 分享 共享 共有',
  book: 'buche buchen reserviere reservieren reserva reserve reservar réservez réserver prenota reserveer boek забронируй 预订 预约 予約',
  run: 'ausführen starte ejecuta ejecute ejecutar exécutez exécuter lancez esegui execute voer запусти выполни 运行 执行 実行',
};

const UNSPACED = /[\u3040-\u30ff\u3400-\u9fff]/;
const ENGLISH = new Map<string, string>();
for (const [english, words] of Object.entries(SAID)) {
  for (const word of words.split(' ')) ENGLISH.set(word, english);
}
const WITHIN = [...ENGLISH.keys()].filter((word) => UNSPACED.test(word));

/** All of them. */
export const OTHER_ACTS: Iterable<string> = ENGLISH.keys();

/** What English calls an act of another tongue; `undefined` of what is none. */
export const actOfOtherTongue = (word: string): string | undefined => ENGLISH.get(word);

/** A text of a script that puts no spaces, with spaces around acts. */
export const spaced = (text: string): string =>
  UNSPACED.test(text) ? WITHIN.reduce((said, act) => said.replaceAll(act, ` ${act} `), text) : text;
