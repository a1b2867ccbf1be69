/**
 * One page out of three files: puts a script and a style sheet into the HTML that names them, in place of the tags
 * that would fetch them. The page can then be served by one request and opened from anywhere.
 */

const STYLE_TAG = /<link\b[^>]*\bhref="(?:\.\/)?style\.css"[^>]*>/;
const SCRIPT_TAG = /<script\b[^>]*\bsrc="(?:\.\/)?main\.(?:ts|js)"[^>]*>\s*<\/script>/;

/** Throws when the page has no `<link … href="style.css">` or no `<script … src="main.ts">`. */
export function inlinePage(html: string, parts: { readonly script: string; readonly style: string }): string {
  const script = `<script type="module">${escapeScript(parts.script.trim())}</script>`;
  const style = `<style>${escapeStyle(parts.style.trim())}</style>`;
  return replaceTag(replaceTag(html, STYLE_TAG, style), SCRIPT_TAG, script);
}

function replaceTag(html: string, tag: RegExp, by: string): string {
  if (!tag.test(html)) throw new Error(`dashboard/index.html has no tag like ${tag}`);
  // A function, because `$&` and the like in the script would otherwise be filled in.
  return html.replace(tag, () => by);
}

/**
 * In a script element, `</script` ends it wherever it stands, and `<!--` can hide its end. The first can only stand
 * in a program's strings, where a backslash changes nothing; the second may also be `a < !--b`, so it is refused:
 * https://html.spec.whatwg.org/multipage/scripting.html#restrictions-for-contents-of-script-elements
 */
function escapeScript(code: string): string {
  if (code.includes('<!--')) throw new Error('dashboard/main.ts: "<!--" cannot stand in an inline script');
  return code.replaceAll(/<\/(?=script)/gi, '<\\/');
}

function escapeStyle(css: string): string {
  return css.replaceAll(/<\/(?=style)/gi, '<\\/');
}
