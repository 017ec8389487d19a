/*
 * Which words of two texts are the same: equal ones, also in another case, width or accent, and forms of one word as
 * European languages make them. A beginning of a word is not the word.
 */

// Also finds the words of scripts without spaces.
const segmenter = new Intl.Segmenter("en", { granularity: "word" });

/** The words of a text in order, each in its plain form; in scripts without spaces each character is one. */
export function wordsOf(text: string): string[] {
  const plain = text.normalize("NFKC").toLowerCase().replaceAll("ß", "ss").replaceAll("’", "'");
  const words = [...segmenter.segment(plain)].filter(({ isWordLike }) => isWordLike);
  return words
    .flatMap(({ segment }) => (isUnspaced(segment) ? Array.from(segment) : [toPlain(segment)]))
    .filter((word) => word !== "");
}

const UNSPACED =
  /[\p{Script=Han}\p{Script=Hira}\p{Script=Kana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmr}\p{Script=Mymr}]/u;

/** Whether a word is of a script that writes no spaces between words. */
export function isUnspaced(word: string): boolean {
  return UNSPACED.test(word);
}

/** Without accents, and without what an apostrophe joins to it: "Ann's", "l'avocat". */
function toPlain(word: string): string {
  const bare = word
    .normalize("NFD")
    .replaceAll(/[\u0300-\u036f]/gu, "")
    .normalize("NFC");
  return bare.replace(/'s?$/u, "").replace(/^\p{L}{1,4}'(?=\p{L}{2})/u, "");
}

/** Whether a word only joins others, in one of the languages that are known here. */
export function isLittle(word: string): boolean {
  return LITTLE.has(word);
}

/** Whether two plain words are the same, or forms of one. */
export function isSameWord(left: string, right: string): boolean {
  const [one, other] = [IRREGULAR.get(left) ?? left, IRREGULAR.get(right) ?? right];
  if (one === other) return true;
  const [bare, otherBare] = [withoutParticiple(one), withoutParticiple(other)];
  return isInflected(one, other) || isInflected(bare, other) || isInflected(one, otherBare);
}

// The shortest beginning that has endings.
const STEM = 3;

function isInflected(left: string, right: string): boolean {
  if (left[0] !== right[0]) return false;
  let shared = 1;
  while (shared < left.length && left[shared] === right[shared]) shared += 1;
  // "filed" and "filing" share "fil", "file" and "filed" share more than that.
  for (let stem = shared; stem >= Math.max(STEM, shared - 2); stem -= 1) {
    const ends = [endOf(left, stem), endOf(right, stem)];
    if (ENDINGS.some((set) => ends.every((end) => set.has(end)))) return true;
  }
  return isAblaut(left, right);
}

/** What follows a stem; "planned" has "ed" after "plan". */
function endOf(word: string, stem: number): string {
  const end = word.slice(stem);
  return end.length > 1 && end[0] === word[stem - 1] && !/^[aeiou]/u.test(end) ? end.slice(1) : end;
}

const setOf = (text: string): ReadonlySet<string> => new Set(text.split(" "));

// Two forms of a word have endings of one set. The last one is for the verbs of Romance languages.
const ENDINGS: readonly ReadonlySet<string>[] = [
  new Set(["", ..."s es e ed en n t et te ten er em ern ing".split(" ")]),
  setOf("y ies ied"),
  setOf(
    "ar er ir are ere ire e ee es ees ado ada ados adas ido ida idos idas ato ata ati ate ito ita uto uta o a i os as",
  ),
];

// German and Dutch: "gebucht", "angerufen", "anzurufen".
const PARTICIPLE =
  /^(?:(ab|an|auf|aus|bei|durch|ein|fest|her|hin|los|mit|nach|um|vor|weg|zu|zuruck|af|op|uit|in)(?:ge|zu)|ge)(?=\p{L}{4})/u;

function withoutParticiple(word: string): string {
  return word.replace(PARTICIPLE, "$1");
}

/** German verbs whose vowel changes: "schreiben" and "geschrieben". */
function isAblaut(left: string, right: string): boolean {
  if (!left.endsWith("en") || !right.endsWith("en")) return false;
  const [one, other] = [left, right].map((word) => word.replaceAll(/[aeiou]/gu, ""));
  return one === other && one !== undefined && one.length > STEM;
}

const IRREGULAR: ReadonlyMap<string, string> = new Map(
  `ate:eat began:begin begun:begin bought:buy broke:break broken:break brought:bring built:build came:come
  caught:catch chose:choose chosen:choose dealt:deal drawn:draw drew:draw driven:drive drove:drive fed:feed felt:feel
  flew:fly found:find gave:give given:give gone:go got:get grew:grow grown:grow held:hold hung:hang kept:keep
  knew:know laid:lay led:lead left:leave lent:lend lost:lose made:make meant:mean met:meet paid:pay ran:run rang:ring
  rung:ring said:say saw:see seen:see sent:send shot:shoot slept:sleep sold:sell spent:spend spoke:speak
  spoken:speak swept:sweep taken:take taught:teach thought:think threw:throw told:tell took:take
  tore:tear torn:tear went:go woke:wake won:win wore:wear worn:wear written:write wrote:write`
    .split(/\s+/u)
    .map((pair) => pair.split(":") as [string, string]),
);

// English, German, French, Spanish, Italian, Dutch, Portuguese, in plain form.
const LITTLE = setOf(
  [
    "a an the and or but if of to in on at by for from with without about into up out off over as is are was were be been has have had do does did will would can could not no it its this that these those there then so i you he she we they me him her us them my your his our their all more also still",
    "der die das den dem des ein eine einen einem einer eines und oder aber von vom zu zum zur im am an auf aus bei beim mit nach fur uber unter vor durch um ist sind war waren wird werden wurde hat haben hatte habe nicht kein keine es ich du er sie wir ihr mich mir dich dir uns mein meine dein sein seine auch noch so wie als dass wenn",
    "le la les un une du de des et ou mais au aux dans en sur pour par avec sans ce cette ces est sont a ont il elle nous vous ils je tu ne pas que qui se sa son ses mon ma mes",
    "el los las una unos unas del al y o pero con sin por para es son fue ha han lo su sus mi mis que se no",
    "il gli i uno di del della dei delle dal dalla nel nella e ed ma con per tra che non si sono ho",
    "het een van naar op te voor met zonder bij uit door niet en of maar ik je hij zij wij is zijn heeft hebben",
    "os um uma dos das ao aos em no na nos nas com sem ou mas foi nao seu sua",
  ].join(" "),
);
