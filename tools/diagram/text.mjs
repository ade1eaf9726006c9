/** How large a text is drawn, near enough: the viewer's labels are 13 px, Chinese letters are square. */

const SIZE = 13;
const LINE = 16.25;

/** The width of one line. */
export function widthOf(text) {
  return [...text].reduce((sum, letter) => sum + (letter.codePointAt(0) > 0x2e7f ? SIZE : SIZE * 0.58), 0);
}

const NOT_FIRST = /[，。、；：？！）》”]/; // no line begins with one of these

/** The box of a label that is broken at about `limit` pixels into lines of like length. The viewer breaks between any two letters. */
export function boxOf(text, limit) {
  const letters = [...text];
  const full = widthOf(text);
  const lines = Math.max(1, Math.ceil(full / limit));
  if (lines === 1) return { width: Math.ceil(full) + 6, height: Math.ceil(LINE) + 2, lines };
  let each = Math.ceil(letters.length / lines);
  for (let more = 0; more < 2 && letters.some((letter, at) => at && at % each === 0 && NOT_FIRST.test(letter)); more += 1) each += 1;
  // The viewer takes one letter less than would fit: hence the half letter more.
  const width = Math.ceil((each + 0.6) * full / letters.length) + 2;
  const count = Math.ceil(letters.length / each);
  return { width, height: Math.ceil(count * LINE) + 2, lines: count };
}
