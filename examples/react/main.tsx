/** The page around the widget: `?base=http://127.0.0.1:3000&channel=doors#token=…`. No browser sends the fragment to a server. */

import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { DoorBoard } from './door-board.tsx';

const settings = new URLSearchParams(location.search);
const token = new URLSearchParams(location.hash.slice(1)).get('token') ?? '';
/** The same function at every rendering: a real page asks its login server here. */
const getToken = () => token;

const root = document.getElementById('root');
if (root)
  createRoot(root).render(
    <StrictMode>
      <DoorBoard
        base={settings.get('base') ?? ''}
        channel={settings.get('channel') ?? 'doors'}
        token={getToken}
      />
    </StrictMode>,
  );
