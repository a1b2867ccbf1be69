/** Puts a text on the clipboard, also on a page without https, where the clipboard's own interface is missing. */
import { make } from './elements.ts';

/** Whether it could be done. */
export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyBySelection(text);
  }
}

function copyBySelection(text: string): boolean {
  const focused = document.activeElement;
  const field = document.body.appendChild(make('textarea', 'unseen'));
  field.value = text;
  field.select();
  // Deprecated, and the only way that there is without https.
  const done = document.execCommand('copy');
  field.remove();
  if (focused instanceof HTMLElement) focused.focus();
  return done;
}
