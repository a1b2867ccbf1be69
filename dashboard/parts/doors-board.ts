/**
 * A tile for each door: opened or refused, for which badge, when. Tiles keep their place and their size,
 * whatever happens.
 */
import { type Door, MOST_DOORS } from '../model/doors.ts';
import { isCut, isStale, type Moment } from '../model/moment.ts';
import type { Picture } from '../model/picture.ts';
import { ago, clock, dateAndClock } from '../model/wording.ts';
import { element, make } from './elements.ts';
import { write } from './frames.ts';

const WORDS: Readonly<Record<Door['state'], string>> = {
  opened: 'Opened',
  refused: 'Refused',
  unknown: 'Unknown',
};

interface Tile {
  readonly box: HTMLLIElement;
  readonly cells: Readonly<Record<'name' | 'state' | 'badge' | 'time' | 'ago', HTMLElement>>;
  /** The event that it shows. */
  vid: number;
}

export class DoorsBoard {
  readonly #board = element('doors', HTMLElement);
  readonly #stale = element('doors-stale', HTMLElement);
  readonly #list = element('door-list', HTMLUListElement);
  readonly #tiles = new Map<string, Tile>();

  draw({ doors, panes }: Picture, moment: Moment): void {
    if (this.#board.hidden) return;
    const { nowMs } = moment;
    this.#board.toggleAttribute('data-stale', isStale(moment));
    const { lastLiveMs } = moment;
    this.#stale.hidden = !isCut(moment) || lastLiveMs === undefined || doors.size === 0;
    write(this.#stale, `Not live. This is how the doors stood at ${clock(lastLiveMs ?? nowMs)}.`);
    const list = doors.list();
    const keys = new Set(list.map(({ key }) => key));
    for (const [key, { box }] of this.#tiles) {
      if (keys.has(key)) continue;
      box.remove();
      this.#tiles.delete(key);
    }
    for (const [place, door] of list.entries()) {
      const tile = this.#tiles.get(door.key) ?? this.#add(door, panes.length > 1);
      if (this.#list.children[place] !== tile.box)
        this.#list.insertBefore(tile.box, this.#list.children[place] ?? null);
      update(tile, door, nowMs);
    }
    element('no-doors', HTMLParagraphElement).hidden = list.length > 0;
    this.#list.ariaLabel = `${list.length === MOST_DOORS ? 'The last ' : ''}${list.length} doors`;
  }

  #add({ key, name, channel }: Door, several: boolean): Tile {
    const box = make('li', 'door');
    const cell = (kind: string, text = '') => box.appendChild(make('span', kind, text));
    const cells = {
      name: cell('name', several ? `${channel} ${name}` : `Door ${name}`),
      state: cell('is'),
      time: cell('when'),
      badge: cell('badge'),
      ago: cell('ago'),
    };
    const tile: Tile = { box, cells, vid: -1 };
    this.#tiles.set(key, tile);
    return tile;
  }
}

function update(tile: Tile, door: Door, now: number): void {
  const { box, cells } = tile;
  write(cells.ago, ago(now - door.atMs));
  if (tile.vid === door.vid) return;
  // Begins again with each event; not with the first, or a replay would light up the whole board.
  if (tile.vid >= 0) box.classList.toggle('turn', !box.classList.contains('turn'));
  tile.vid = door.vid;
  box.dataset.state = door.state;
  write(cells.state, WORDS[door.state]);
  write(cells.badge, door.badge);
  cells.badge.title = door.badge === '' ? '' : `Badge ${door.badge}`;
  const local = dateAndClock(door.time);
  write(cells.time, local?.clock ?? door.time);
  cells.time.title = door.time;
}
