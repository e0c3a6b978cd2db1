import { useKeys } from './use.js';

/** The field of a filter. `/` goes to it, Escape empties it. */
export const FilterField = ({
  value,
  hint,
  change,
}: {
  value: string;
  hint: string;
  change: (value: string) => void;
}) => {
  useKeys({
    '/': (event) => {
      event.preventDefault();
      document.querySelector<HTMLInputElement>('input[type=search]')?.focus();
    },
  });
  return (
    <input
      type="search"
      aria-label="Filter"
      placeholder={hint}
      value={value}
      spellcheck={false}
      autocomplete="off"
      onInput={(event) => change(event.currentTarget.value)}
      onKeyDown={(event) => {
        if (event.key !== 'Escape') return;
        event.stopPropagation();
        if (value === '') event.currentTarget.blur();
        else change('');
      }}
    />
  );
};
