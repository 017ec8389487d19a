import fc from "fast-check";
import iconv from "iconv-lite";
import { expect, test } from "vitest";
import { decode } from "../../daemon/preprocess/decode.ts";
import { LIMITS } from "../../daemon/preprocess/limits.ts";

const TEXTS: Record<string, string> = {
  German: "Protokoll der Sitzung: Müller prüft bis Freitag die Verträge, die Größe ist geklärt.\n",
  French:
    "Réunion de l'équipe : Hélène prépare le dossier et Benoît relit le résumé déjà envoyé.\n",
  Polish: "Zażółć gęślą jaźń. Spotkanie odbędzie się w środę, proszę przygotować się wcześniej.\n",
  Russian: "Протокол встречи: Иванов готовит отчёт к пятнице, Петрова звонит заказчику завтра.\n",
  Ukrainian: "Протокол зустрічі: Іваненко готує звіт до п'ятниці, а Ганна телефонує замовнику.\n",
  Greek: "Πρακτικά της συνάντησης: ο Γιώργος ετοιμάζει την έκθεση μέχρι την Παρασκευή.\n",
  Hebrew: "סיכום הפגישה: דוד מכין את הדוח עד יום שישי ושרה מתקשרת ללקוח מחר בבוקר.\n",
  Arabic: "محضر الاجتماع: يعد أحمد التقرير حتى يوم الجمعة وتتصل ليلى بالعميل غدا صباحا.\n",
  Turkish: "Toplantı notları: Ayşe cuma gününe kadar raporu hazırlıyor, Işıl müşteriyi arıyor.\n",
  Japanese: "会議の議事録：佐藤さんは金曜日までに資料を作成し、鈴木さんは明日お客様に電話する。\n",
  Chinese: "会议纪要：王先生在星期五之前完成报告，李女士明天给客户打电话，我们下周再见面。\n",
  Taiwanese: "會議記錄：王先生在星期五之前完成報告，李女士明天給客戶打電話，我們下週再見面。\n",
  Korean: "회의록: 김 대리는 금요일까지 보고서를 작성하고 이 과장은 내일 고객에게 전화한다.\n",
};

const LEGACY: [language: string, encoding: string][] = [
  ["German", "windows-1252"],
  ["French", "windows-1252"],
  ["Polish", "windows-1250"],
  ["Polish", "iso-8859-2"],
  ["Russian", "windows-1251"],
  ["Russian", "koi8-r"],
  ["Ukrainian", "windows-1251"],
  ["Greek", "windows-1253"],
  ["Hebrew", "windows-1255"],
  ["Arabic", "windows-1256"],
  ["Turkish", "windows-1254"],
  ["Japanese", "shift_jis"],
  ["Japanese", "euc-jp"],
  ["Chinese", "gbk"],
  ["Taiwanese", "big5"],
  ["Korean", "euc-kr"],
];

test.each(LEGACY)("%s in %s is read, and said to be a guess", (language, encoding) => {
  const text = TEXTS[language] ?? "";
  const decoded = decode(iconv.encode(text, encoding));
  expect(decoded).toMatchObject({ text, lossy: false });
  expect(decoded.warnings).toEqual([
    { code: "encoding_guessed", message: `The encoding is a guess: ${decoded.encoding}.` },
  ]);
});

const UNICODE = ["utf-8", "utf-16le", "utf-16be", "utf-32le", "utf-32be"];
const MARKED = UNICODE.flatMap((encoding) =>
  Object.keys(TEXTS).map((name) => [encoding, name] as const),
);
test.each(MARKED)("%s with a byte order mark gives %s text without it", (encoding, language) => {
  const text = TEXTS[language] ?? "";
  const decoded = decode(iconv.encode(text, encoding, { addBOM: true }));
  expect(decoded).toEqual({ text, encoding, lossy: false, warnings: [] });
});

test.each(MARKED.filter(([encoding]) => !encoding.startsWith("utf-32")))(
  "%s without a byte order mark gives %s text",
  (encoding, language) => {
    const text = TEXTS[language] ?? "";
    expect(decode(iconv.encode(text, encoding))).toMatchObject({ text, encoding, lossy: false });
  },
);

test("UTF-8 with a few damaged characters stays UTF-8 and says how many could not be read", () => {
  const bytes = Buffer.concat([
    Buffer.from("Größe, Übermut, Ärger, Öl: "),
    Buffer.from([0xff]),
    Buffer.from("!"),
  ]);
  expect(decode(bytes)).toEqual({
    text: "Größe, Übermut, Ärger, Öl: \ufffd!",
    encoding: "utf-8",
    lossy: true,
    warnings: [
      { code: "lossy_decoding", message: "Characters that could not be read as utf-8: 1." },
    ],
  });
});

test("a replacement character in the file itself is not a loss", () => {
  expect(decode(Buffer.from("a\ufffdb"))).toMatchObject({ text: "a\ufffdb", lossy: false });
});

test("NULs in ASCII do not make it UTF-16", () => {
  const text = "a line with words\n".repeat(4);
  expect(decode(Buffer.from(`\0${text}\0\0`))).toMatchObject({ text, encoding: "utf-8" });
});

test("what lies beyond the limit is not read, and no character is cut in two", () => {
  const bytes = Buffer.from(`a${"😀".repeat(LIMITS.text_chars)}`);
  const { text, lossy, warnings } = decode(bytes);
  // The last place is left free: half of a pair would stand there.
  expect(text.length).toBe(LIMITS.text_chars - 1);
  expect(text.endsWith("😀")).toBe(true);
  expect(lossy).toBe(false);
  expect(warnings).toEqual([
    { code: "truncated", message: `Only the first ${LIMITS.text_chars} characters were read.` },
  ]);
});

test("any bytes give well-formed text without NUL and carriage return", () => {
  const marks = fc.constantFrom(
    [],
    [0xff, 0xfe],
    [0xfe, 0xff],
    [0xef, 0xbb, 0xbf],
    [0xff, 0xfe, 0, 0],
  );
  fc.assert(
    fc.property(marks, fc.uint8Array({ maxLength: 500 }), (mark, bytes) => {
      const { text } = decode(Uint8Array.from([...mark, ...bytes]));
      expect(text.isWellFormed()).toBe(true);
      expect(text).not.toMatch(/[\p{Cc}--[\t\n]]/v);
    }),
    { numRuns: 1000 },
  );
});

// What people type: letters, digits, spaces, a full stop; nothing that cleaning takes out.
const LETTERS = Array.from(
  "abcxyz0123456789äöüßéñÀабвгдежяЖαβγωאבגمرح日本語のメモ会議中文한국어😀€–„“",
);
const word = fc.string({ unit: fc.constantFrom(...LETTERS), minLength: 1, maxLength: 8 });
const anyProse = fc
  .array(word, { minLength: 1, maxLength: 60 })
  .map((words) => `${words.join(" ")}.\n`);

test.each(["utf-8", "utf-16le", "utf-16be"])(
  "any prose comes back from %s as it was",
  (encoding) => {
    fc.assert(
      fc.property(anyProse, (text) => {
        expect(decode(iconv.encode(text, encoding)).text).toBe(text);
        expect(decode(iconv.encode(text, encoding, { addBOM: true })).text).toBe(text);
      }),
      { numRuns: 300 },
    );
  },
);

const RUSSIAN = [
  "Иванов готовит отчёт к пятнице.",
  "Петрова завтра позвонит заказчику и спросит про сроки.",
  "Договор подписан, осталось получить оплату.",
  "Следующая встреча во вторник в 10:00 в большой переговорной.",
  "Нужно купить молоко, хлеб и бумагу для принтера!",
  "Кто отвечает за новый проект?",
  "Сергей обещал прислать макеты до конца недели.",
];
test("Russian sentences in any order come back from windows-1251 and koi8-r as they were", () => {
  fc.assert(
    fc.property(fc.shuffledSubarray(RUSSIAN, { minLength: 3 }), (sentences) => {
      const text = sentences.join("\n");
      expect(decode(iconv.encode(text, "windows-1251")).text).toBe(text);
      expect(decode(iconv.encode(text, "koi8-r")).text).toBe(text);
    }),
    { numRuns: 200 },
  );
});
