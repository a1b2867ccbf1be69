import { publish } from '@doorbell/client';
import { publishAll } from '@doorbell/client/publish';
import { createRoot } from 'react-dom/client';
import { Doors } from './doors.tsx';

const base = new URLSearchParams(location.search).get('base') ?? '';
const root = document.getElementById('root');
if (root) createRoot(root).render(<Doors base={base} />);
document.addEventListener('click', async () => {
  await publish('doors', { doorno: 1 }, { base });
  await publishAll('doors', [{ doorno: 2 }, { doorno: 3 }], { base });
});
