import type { JSX } from 'preact';
import { href } from '../lib/route';
import { navigate } from '../lib/use_route';
import { Icon } from './icons';

export const kSearchId = 'search';

/** Finds a task by its id, from every page. */
export function Search(): JSX.Element {
  const submit = (event: Event): void => {
    event.preventDefault();
    const input = document.getElementById(kSearchId) as HTMLInputElement;
    const id = input.value.trim();
    if (id) navigate(href(['search'], { id }));
  };
  return (
    <form class="search" role="search" onSubmit={submit}>
      <Icon name="search" />
      <input
        id={kSearchId}
        type="search"
        placeholder="Find a task by its id"
        aria-label="Find a task by its id"
        autocomplete="off"
        spellcheck={false}
        maxLength={128}
      />
      <kbd aria-hidden="true">/</kbd>
    </form>
  );
}
