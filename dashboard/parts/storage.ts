/** Texts that outlive the page, where the browser allows it; elsewhere they live as long as the page. */
import type { TextStore } from '../model/preferences.ts';

export function localText(key: string): TextStore {
  let own: string | null = null;
  return {
    read: () => {
      try {
        return localStorage.getItem(key);
      } catch {
        return own;
      }
    },
    write: (text) => {
      own = text;
      try {
        localStorage.setItem(key, text);
      } catch {
        // Storage is switched off or full.
      }
    },
  };
}
