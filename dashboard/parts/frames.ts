/** Drawing at most once a frame: what arrives between two frames is drawn in one, and a page that is not seen draws nothing. */

/** Gives the function that asks for `draw`. */
export function onFrame(draw: () => void): () => void {
  let asked = false;
  return () => {
    if (asked) return;
    asked = true;
    requestAnimationFrame(() => {
      asked = false;
      draw();
    });
  };
}

/** Writes a text only where it differs: the same text again would cost a layout, and be read out again. */
export function write(into: HTMLElement, text: string): void {
  if (into.textContent !== text) into.textContent = text;
}
