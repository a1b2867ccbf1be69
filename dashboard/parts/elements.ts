/**
 * The page's own elements, looked up once by id; one that is missing is a mistake in index.html and says so.
 */

export function element<T extends HTMLElement>(id: string, kind: new () => T): T {
  const found = document.getElementById(id);
  if (found instanceof kind) return found;
  throw new Error(`index.html has no ${kind.name} with the id ${id}.`);
}

/** The first element with this class below `root`. */
export function within<T extends HTMLElement>(root: ParentNode, className: string, kind: new () => T): T {
  const found = root.querySelector(`.${className}`);
  if (found instanceof kind) return found;
  throw new Error(`index.html has no ${kind.name} of the class ${className}.`);
}

/** A new element with a class and, if given, a text. Text only ever enters the page as text. */
export function make<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  className: string,
  text = '',
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  made.className = className;
  made.textContent = text;
  return made;
}

/** A new button that does this. */
export function makeButton(className: string, text: string, clicked: () => void): HTMLButtonElement {
  const made = make('button', className, text);
  made.type = 'button';
  made.addEventListener('click', clicked);
  return made;
}
