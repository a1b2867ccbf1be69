import { renderToString } from 'react-dom/server';
import { Doors } from './doors.tsx';

/** Where there is no `window`: nothing is asked, and the page begins empty. */
export function render(base: string): string {
  return renderToString(<Doors base={base} />);
}
