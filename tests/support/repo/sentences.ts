/**
 * Counts the words of the sentences in a document.
 *
 * Not counted: code blocks, tables, headings, pictures, comments, and the lines of INVARIANTS.md that name a test.
 * A sentence ends with `.`, `!` or `?` before a blank and a capital, a digit or a quotation mark, and at the end of a
 * paragraph. Colons and semicolons end none. A list item begins a sentence, and is one without a full stop too.
 * A word has a letter or a digit. Code in backticks is one word. Of a link only its text counts, and the number of an
 * invariant does not.
 */

export interface Sentence {
  readonly text: string;
  readonly words: number;
}

/** What house style asks of each document: words a sentence, on average and at most. */
export const LIMITS = { average: 18, longest: 35 } as const;

export function sentencesOf(markdown: string): Sentence[] {
  return paragraphsOf(markdown)
    .flatMap(split)
    .map((text) => ({ text, words: wordsOf(text) }))
    .filter(({ words }) => words > 0);
}

export function averageOf(sentences: readonly Sentence[]): number {
  return sentences.reduce((sum, { words }) => sum + words, 0) / sentences.length;
}

function withoutBlocks(markdown: string): string {
  return markdown
    .replace(/^ *```[\s\S]*?^ *```$/gm, '')
    .replace(/<!--[\s\S]*?-->/g, '')
    .replace(/(?<=\n\n)(?: {4}.*\n?)+/g, '')
    .replace(/^(?:\||#|- `tests\/[^`]+`: ").*$/gm, '');
}

function paragraphsOf(markdown: string): string[] {
  return withoutBlocks(markdown)
    .split(/\n\s*\n|\n(?=\s*(?:[-*]|\d+\.)\s)/)
    .map(plain);
}

/** Without marks, on one line; code is one word. */
function plain(paragraph: string): string {
  return paragraph
    .replace(/`[^`]+`/g, 'CODE')
    .replace(/!\[[^\]]*\]\([^)]*\)|<[^>]+>/g, '')
    .replace(/\[([^\]]+)\]\([^)]*\)/g, '$1')
    .replace(/^\s*(?:[-*]|\d+\.)\s/, '')
    .replace(/^\*\*I\d+\. /, '**')
    .replace(/[*_]{1,2}(?=\S)|(?<=\S)[*_]{1,2}/g, '')
    .replace(/\s+/g, ' ')
    .trim();
}

function split(paragraph: string): string[] {
  return paragraph.split(/(?<=[.!?][)"'”]?) (?=["“'(]?[\p{Lu}\d])/u);
}

function wordsOf(sentence: string): number {
  return sentence.split(' ').filter((word) => /[\p{L}\d]/u.test(word)).length;
}
